"""`/components`: every component of the pages, for those who build with them and those who look at them. No data of anybody."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from shared.pages.languages import Language

if TYPE_CHECKING:
    from shared.pages.site import Site

LANGUAGES: tuple[Language, ...] = ("sv", "en", "ar")
NOON = datetime(2026, 3, 11, 13, 5, 22, tzinfo=UTC)
WEEK = (("11", 4), ("12", 7), ("13", 0), ("14", 12), ("15", 9), ("16", 3))
PROOF = (("7d3a09e1c2b4f586", "left"), ("a1b2c3d4e5f60718", "right"), ("0f1e2d3c4b5a6978", "left"))
TEMPLATES = Path(__file__).parent / "templates"


def components(site: "Site") -> HTTPRouteHandler:
    """The page as a route of one house, in its looks."""

    @get("/components", opt={"public": True}, include_in_schema=False, sync_to_thread=False)
    def show(request: Request[Any, Any, Any]) -> Response[str]:
        """Public: it holds nothing, and whoever judges our pages may see what they are made of."""
        return site.page(
            request,
            "components.html",
            among=LANGUAGES,
            noon=NOON,
            later=NOON - timedelta(hours=3),
            week=WEEK,
            proof=PROOF,
            counts=[[(day * hour) % 7 if 6 < hour < 18 and day < 5 else 0 for hour in range(24)] for day in range(7)],  # noqa: PLR2004
        )

    return show
