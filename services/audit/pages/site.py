"""The frame of audit's pages: for data-protection officers."""

from pathlib import Path

from services.audit.settings import Settings
from shared.pages import N_, Item, Site
from shared.pages.drafts import Drafts
from shared.pages.theme import Theme

FOLDER = Path(__file__).parent / "templates"
READ = frozenset({"audit:read"})
NAVIGATION = (
    Item(href="/", text=N_("Start"), scopes=READ),
    Item(href="/search", text=N_("Sök"), scopes=READ),
    Item(href="/child", text=N_("Ett barn"), scopes=READ),
    Item(href="/reviews", text=N_("Granskningar"), scopes=READ),
    Item(href="/flags", text=N_("Flaggor"), scopes=READ),
    Item(href="/statistics", text=N_("Siffror"), scopes=READ),
    Item(href="/processing", text=N_("Förteckning"), scopes=READ),
    Item(href="/answers", text=N_("Frågor till chef"), scopes=READ),
    Item(href="/mine", text=N_("Det jag har gjort"), scopes=READ),
    Item(href="/export", text=N_("Exportera"), scopes=frozenset({"audit:export"})),
)


def site_of(given: Settings) -> Site:
    """Made once in `app.py`. Raises ValueError for an operator's colours that nobody could read."""
    return Site(
        name=N_("Granskning"),
        folder=FOLDER,
        navigation=NAVIGATION,
        theme=Theme.of(given),
        drafts=Drafts.read(given.secret_key),
    )
