"""One reader for every way to ask: it knows each fact of the engine, and says what may stand where."""

from datetime import date
from typing import Any

import msgspec
import pytest

from services.sharing.domain.facts import ItemFacts
from services.sharing.domain.question import ASSERTED, FACTS, assertions, read_facts, read_item
from services.sharing.domain.tables import Tables
from shared.contracts.consent import CoverageState
from shared.errors import Invalid
from shared.law.codes import Attestation, Regime

TODAY = date(2026, 11, 24)
ASKED: dict[str, Any] = {"discloser": "S_EH", "recipient": "H_REG", "purpose": "P_SUPPORT", "category": "pupil-health"}


def wrong(tables: Tables, raw: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        read_facts(raw, tables, today=TODAY)
    return {fault.pointer: fault.detail for fault in refused.value.faults}


def test_a_side_may_be_its_regime_and_consent_its_state(tables: Tables) -> None:
    facts = read_facts({**ASKED, "consent": "given"}, tables, today=TODAY)

    assert (facts.discloser.regime, facts.discloser.public, facts.discloser.organisation) == (Regime.S_EH, True, None)
    assert facts.consent is not None
    assert facts.consent.state is CoverageState.GIVEN
    assert facts.on == TODAY


def test_what_is_read_can_be_written_and_read_again(tables: Tables) -> None:
    facts = read_facts({**ASKED, "age": 13, "consent": "pending", "attested": {"A_RELEVANT": True}}, tables, today=TODAY)

    assert read_facts(msgspec.to_builtins(facts), tables, today=date.min) == facts


@pytest.mark.parametrize("name", sorted(FACTS))
def test_every_fact_of_the_engine_can_be_supposed(tables: Tables, name: str) -> None:
    written = msgspec.to_builtins(read_facts(ASKED, tables, today=TODAY))

    again = read_facts({**ASKED, name: written[name]}, tables, today=TODAY)

    assert getattr(again, name) == msgspec.convert(written, ItemFacts).__getattribute__(name)


@pytest.mark.parametrize(
    ("change", "pointer", "says"),
    [
        ({"discloser": "S_EX"}, "#/discloser/regime", "did you mean S_EH?"),
        ({"discloser": "S_EX"}, "#/discloser/regime", "allowed: S_FSK, S_EH"),
        ({"recipient": {"organisation": "o1"}}, "#/recipient/regime", "Missing; allowed: S_FSK"),
        ({"purpose": "SUPPORT"}, "#/purpose", "allowed: P_SUPPORT"),
        ({"category": "attendence"}, "#/category", "did you mean attendance?"),
        ({"consent": "yes"}, "#/consent/state", "allowed: given, not-asked"),
        (
            {"consent": {"state": "pending", "missing": [{"role": "guardian", "number": 1, "status": "late"}]}},
            "#/consent/missing/0/status",
            "allowed",
        ),
        ({"attested": {"A_NOTHING": True}}, "#/attested/A_NOTHING", "allowed: A_SUSPECT"),
        ({"attested": {"A_RELEVANT": "yes"}}, "#/attested/A_RELEVANT", "Expected `bool`"),
        ({"attested": ["A_RELEVANT"]}, "#/attested", "Expected a table"),
        ({"judgements": {"neccessary": True}}, "#/judgements/neccessary", "did you mean necessary?"),
        ({"model": "hlt"}, "#/model", "hlt-team"),
        ({"age": "13"}, "#/age", "Expected `int"),
        ({"age": -1}, "#/age", "0 to 120"),
        ({"on": "soon"}, "#/on", "date"),
        ({"purpos": "P_CARE"}, "#/purpos", "did you mean purpose?"),
        ({"a/b~c": 1}, "#/a~1b~0c", "Unknown field; allowed: about"),
    ],
)
def test_what_is_wrong_is_named_with_what_may_stand_there(tables: Tables, change: dict[str, Any], pointer: str, says: str) -> None:
    assert says in wrong(tables, {**ASKED, **change})[pointer]


def test_every_fault_is_named_at_once(tables: Tables) -> None:
    assert set(wrong(tables, {"discloser": "X", "age": "old"})) == {
        "#/discloser/regime",
        "#/recipient",
        "#/purpose",
        "#/category",
        "#/age",
    }


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"discloser": {"regime": "S_EH", "public": False}}, "#/discloser/public"),
        ({"consent": {"state": "given", "missing": [{"role": "child", "number": 1, "status": "no-answer"}]}}, "#/consent/missing"),
        ({"age": 19, "attested": {"A_U18": True}}, "#/attested/A_U18"),
        ({"age": 12, "attested": {"A_U21": False}}, "#/attested/A_U21"),
        ({"attested": {"A_PUB_PUB": False}}, "#/attested/A_PUB_PUB"),
        ({"consent": "given", "attested": {"A_CUSTODY_OK": False}}, "#/attested/A_CUSTODY_OK"),
        (
            {
                "discloser": {"regime": "S_EH", "organisation": "o1"},
                "recipient": {"regime": "H_REG", "organisation": "o2"},
                "attested": {"A_SAME_ORG": True},
            },
            "#/attested/A_SAME_ORG",
        ),
    ],
)
def test_two_facts_that_cannot_both_be_true_are_a_fault(tables: Tables, change: dict[str, Any], pointer: str) -> None:
    assert "contradicts" in wrong(tables, {**ASKED, **change})[pointer]


def test_what_was_sent_is_never_repeated_but_as_a_name(tables: Tables) -> None:
    secret = "Kanariefågel"

    said = wrong(tables, {**ASKED, "discloser": secret, "consent": secret, "model": secret, "attested": {"A_RELEVANT": secret}})

    assert not any(secret in text for text in said.values())


def test_a_member_named_like_a_personal_number_is_pointed_at_by_its_table_alone(tables: Tables) -> None:
    number = "201301019801"

    said = wrong(tables, {**ASKED, number: 1, "attested": {number: True}, "judgements": {f"x{number}": True}})

    assert set(said) == {"#", "#/attested", "#/judgements"}
    assert number not in str(said)


@pytest.mark.parametrize("name", sorted(set(FACTS) - ASSERTED))
def test_a_fact_of_register_or_consent_is_not_the_callers_to_assert_of_a_named_child(name: str) -> None:
    faults = assertions({"discloser_unit": "u1", "recipient_unit": "u2", "category": "attendance", name: None}, "#/items/0")

    assert [fault.pointer for fault in faults] == [f"#/items/0/{name}"]


def test_regime_age_handling_and_consent_are_never_among_what_a_caller_asserts() -> None:
    assert not ASSERTED & {"discloser", "recipient", "age", "restricted", "consent", "model", "stopped", "on"}


def test_an_item_about_a_named_child_is_read_with_its_attestations() -> None:
    item = read_item({"discloser_unit": "u1", "recipient_unit": "u2", "category": "attendance", "attested": {"A_RELEVANT": False}})

    assert item.attested == {Attestation.RELEVANT: False}
