"""`deploy/README.md` names every setting, and only settings that exist."""

import importlib
import re
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from deploy.callout.settings import CalloutSettings
from deploy.embedded.roles import HOUSES
from services.audit.signer.__main__ import Settings as SignerSettings

CHECKOUT = Path(__file__).resolve().parents[2]
README = (CHECKOUT / "deploy" / "README.md").read_text(encoding="utf-8")


def fields() -> set[str]:
    kinds: list[type[msgspec.Struct]] = [CalloutSettings, SignerSettings]
    kinds += [importlib.import_module(f"services.{house}.settings").Settings for house in HOUSES if find_spec(f"services.{house}.settings")]
    return {f"SAMSYN_{field.name.upper()}" for kind in kinds for field in msgspec.structs.fields(kind)}


@pytest.mark.parametrize("name", sorted(fields()))
def test_a_setting_stands_in_the_readme(name: str) -> None:
    assert f"`{name}`" in README


def test_the_readme_names_no_setting_that_nobody_reads() -> None:
    read = fields() | {
        name
        for folder in ("deploy", "services", "shared")
        for file in (CHECKOUT / folder).rglob("*.py")
        for name in re.findall(r'"(SAMSYN_[A-Z_]+)"', file.read_text(encoding="utf-8"))
    }
    read |= set(re.findall(r'"(SAMSYN_[A-Z_]+)"', (CHECKOUT / "samsyn").read_text(encoding="utf-8")))

    assert set(re.findall(r"SAMSYN_[A-Z_]+", README)) - read <= {"SAMSYN_OWNER_DATABASE_URL"}
