"""What every page of every house stands on: frame, components, texts, forms, looks. `README.md` here says how to make a page."""

from shared.pages.forms import Form
from shared.pages.frame import Frame, Item, render
from shared.pages.languages import FIRST, Language, choice_in, language_for, language_of
from shared.pages.site import AnyRequest, Site, TheSite
from shared.pages.texts import N_

__all__ = [
    "FIRST",
    "N_",
    "AnyRequest",
    "Form",
    "Frame",
    "Item",
    "Language",
    "Site",
    "TheSite",
    "choice_in",
    "language_for",
    "language_of",
    "render",
]
