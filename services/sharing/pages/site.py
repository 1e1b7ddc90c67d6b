"""The frame of sharing's pages: for professionals and administrators."""

from pathlib import Path

from services.sharing.settings import Settings
from shared.pages import N_, Item, Site
from shared.pages.drafts import Drafts
from shared.pages.theme import Theme

FOLDER = Path(__file__).parent / "templates"
NAVIGATION = (
    Item(href="/", text=N_("Start"), scopes=frozenset({"sharing:read"})),
    Item(href="/cases", text=N_("Ärenden"), scopes=frozenset({"sharing:read"})),
    Item(href="/matters", text=N_("Frågor"), scopes=frozenset({"sharing:read"})),
    Item(href="/inbox", text=N_("Inkorgen"), scopes=frozenset({"sharing:read"})),
    Item(href="/ask", text=N_("Får jag dela detta?"), scopes=frozenset({"sharing:decide"})),
    Item(href="/admin", text=N_("Administration"), scopes=frozenset({"sharing:confirm"})),
)
FOOTER = (Item(href="/rules", text=N_("Reglerna")),)


def site_of(given: Settings) -> Site:
    """Made once in `app.py`. Raises ValueError for an operator's colours that nobody could read."""
    return Site(
        name=N_("För dig som arbetar med barn"),
        folder=FOLDER,
        navigation=NAVIGATION,
        footer=FOOTER,
        theme=Theme.of(given),
        drafts=Drafts.read(given.secret_key),
    )
