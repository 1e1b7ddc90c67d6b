"""The texts as files: read once at start, checked, and refused when anything is missing."""

from importlib.resources import files

import msgspec

from services.consent.domain.awaited import Advices
from services.consent.domain.reminders import Plans
from services.consent.domain.wording import Labels, Text, Texts, missing


def load() -> Texts:
    """The current texts. Raises ValueError naming every missing one."""
    folder = files("services.consent").joinpath("texts")
    text = msgspec.toml.decode(folder.joinpath("ask.toml").read_bytes(), type=Text)
    labels = msgspec.toml.decode(folder.joinpath("labels.toml").read_bytes(), type=Labels)
    texts = Texts(text, labels)
    if gaps := missing(texts):
        raise ValueError("missing texts: " + ", ".join(gaps))
    return texts


def load_plans() -> Plans:
    """When families are reminded, by collaboration model."""
    return msgspec.toml.decode(files("services.consent").joinpath("texts", "reminders.toml").read_bytes(), type=Plans)


def load_advice() -> Advices:
    """What staff do next about a question that is not settled. Raises msgspec.ValidationError when one is missing."""
    return msgspec.toml.decode(files("services.consent").joinpath("texts", "awaited.toml").read_bytes(), type=Advices)
