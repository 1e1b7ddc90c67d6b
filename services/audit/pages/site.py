"""The frame of audit's pages: for data-protection officers."""

from pathlib import Path

from services.audit.settings import Settings
from shared.pages import N_, Site
from shared.pages.drafts import Drafts
from shared.pages.theme import Theme

FOLDER = Path(__file__).parent / "templates"


def site_of(given: Settings) -> Site:
    """Made once in `app.py`. Raises ValueError for an operator's colours that nobody could read."""
    return Site(
        name=N_("Granskning"),
        folder=FOLDER,
        theme=Theme.of(given),
        drafts=Drafts.read(given.secret_key),
    )
