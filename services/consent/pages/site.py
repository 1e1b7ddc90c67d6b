"""The frame of consent's pages: for guardians and children."""

from pathlib import Path

from services.consent.settings import Settings
from shared.pages import N_, Item, Language, Site
from shared.pages.drafts import Drafts
from shared.pages.theme import Theme

FOLDER = Path(__file__).parent / "templates"
LANGUAGES: tuple[Language, ...] = ("sv", "en", "ar")
NAVIGATION = (
    Item(href="/home", text=N_("Start")),
    Item(href="/questions", text=N_("Frågor till dig")),
    Item(href="/consents", text=N_("Det du har sagt ja till")),
    Item(href="/seen", text=N_("Vem har tagit del?")),
    Item(href="/notices", text=N_("Meddelanden")),
    Item(href="/contacts", text=N_("Kontakt")),
)
FOOTER = (
    Item(href="/receipts", text=N_("Kvitton")),
    Item(href="/about", text=N_("Om Samsyn")),
    Item(href="/accessibility", text=N_("Tillgänglighet")),
)


def site_of(given: Settings) -> Site:
    """Made once in `app.py`. Raises ValueError for an operator's colours that nobody could read."""
    return Site(
        name=N_("För familjen"),
        folder=FOLDER,
        navigation=NAVIGATION,
        footer=FOOTER,
        among=LANGUAGES,
        theme=Theme.of(given),
        drafts=Drafts.read(given.secret_key),
        unkept=("/children/name",),
    )
