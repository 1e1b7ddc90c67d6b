"""Every fault of the tables keeps the house from starting, and its message names the row."""

import re
from importlib.resources import files

import pytest

from services.sharing.domain.tables import BrokenTables, build, read

RAW = read(files("services.sharing").joinpath("rules"))
CONCERN, SCHOOL, POLICE, ANYONE = (f"matrix/{n}.toml" for n in ("1-concern", "2-school", "6-police", "8-anyone"))
PLAN = "matrix/5-plan-and-family.toml"


def broken(file: str, old: str, new: str) -> str:
    """What the house says to tables with one change."""
    body = RAW[file].decode()
    assert old in body, old
    with pytest.raises(BrokenTables) as caught:
        build({**RAW, file: body.replace(old, new, 1).encode()})
    return str(caught.value)


def row(identifier: str, file: str = SCHOOL) -> str:
    """One row as it is written."""
    found = re.search(rf'\[\[row\]\]\nid = "{identifier}".*?(?=\n\[\[row\]\]|\Z)', RAW[file].decode(), re.DOTALL)
    assert found
    return found[0]


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (SCHOOL, '"A_RELEVANT"', '"A_RELEVENT"', "A_RELEVENT"),
        (SCHOOL, 'id = "M09"', 'id = "M09"\nsurprise = 1', "surprise"),
        (SCHOOL, 'label = "may"', 'label = "maybe"', "maybe"),
        (SCHOOL, '"P_SUPPORT"', '"P_WELLBEING"', "P_WELLBEING"),
        (SCHOOL, 'kind = "harm-test"', 'kind = "feeling"', "feeling"),
        (SCHOOL, 'law = ["OSL 23:2 st. 3", "OSL 6:5", "OSL 21:1", "OSL 21:3"]', "law = []", "M08 lacks its law"),
        (SCHOOL, '"OSL 6:5"', '"OLS 6:5"', "M08 names an unknown law: OLS 6:5"),
        (SCHOOL, 'basis = ["OSL 10:27"]', "basis = []", "M09 path 2 lacks its basis"),
        (SCHOOL, 'basis = ["OSL 10:27"]', 'basis = ["10:27"]', "M09 path 2 names an unknown law"),
        (SCHOOL, 'attest = ["A_TRIED", "A_OBVIOUS", "A_RELEVANT"]', "attest = []", "M09 path 2 asks nothing"),
        (SCHOOL, 'id = "M09"', 'id = "M08"', "two rows have the same id"),
        (SCHOOL, "[[row.path]]", "[[row.path", "Expected ']]'"),
        (SCHOOL, "valid_from = 2026-04-27", "valid_from = 2026-04-27\nvalid_to = 2026-01-01", "M08 ends before it begins"),
        (SCHOOL, "note_en =", "# note_en =", "M08 has its note in one language"),
        (CONCERN, 'label = "duty"', 'label = "consent"', "M01 is labelled consent and begins with duty"),
        (SCHOOL, 'label = "free"', 'label = "deny"', "M08 denies and has a path"),
        (SCHOOL, 'label = "may"', 'label = "duty"', "M09 is labelled duty and begins with consent"),
        (ANYONE, 'label = "deny"', 'label = "free"', "M49 lacks a path"),
        (CONCERN, 'instead = { when_no = "A_INQUIRY", purpose = "P_SUPPORT" }', 'instead = { when_no = "A_NO" }', "A_NO"),
        (PLAN, 'doctor = "M29"', 'doctor = "M99"', "M28 sends doctor to M99"),
        ("regimes.toml", 'code = "POL"', 'code = "SOC"', "regime POL is not described"),
        ("categories.toml", 'code = "plan"', 'code = "identity"', "category plan is not described"),
        ("texts/attestations.toml", "[A_TRIED]", "[A_TRYED]", "A_TRIED has no text"),
        ("texts/attestations.toml", "[A_TRIED]\nsv =", '[A_TRIED]\nsv = ""\nxx =', "xx"),
        ("texts/answers.toml", "[gap-3]", "[gap-three]", "gap-3 has no text"),
        ("texts/codes.toml", "[kind-duty]", "[T_NONE]", "T_NONE has two texts"),
        ("texts/words.toml", "[whom-lawyer]", "[whom-nobody]", "whom-lawyer has no text"),
        ("needs.toml", 'purpose = ["P_TECH"]', 'purpose = ["P_TRANS"]', "two rests for P_TRANS"),
        ("needs.toml", 'category = ["attendance"]', 'category = ["identity"]', "says twice"),
    ],
)
def test_a_broken_table_keeps_the_house_from_starting(file: str, old: str, new: str, says: str) -> None:
    assert says in broken(file, old, new)


def test_a_text_must_say_something_in_both_languages() -> None:
    assert "T_NONE lacks a language" in broken("texts/tell.toml", 'en = "Nobody needs to be told."', 'en = " "')


def test_two_rows_that_answer_the_same_question_are_named() -> None:
    twice = row("M08").replace('id = "M08"', 'id = "M98"')
    assert "M98 and M08 answer the same question" in broken(SCHOOL, row("M08"), row("M08") + "\n\n" + twice)


def test_rows_that_follow_each_other_in_time_do_not_overlap() -> None:
    old = row("M08").replace("valid_from = 2026-04-27", "valid_from = 2026-04-27\nvalid_to = 2026-12-31")
    new = row("M08").replace('id = "M08"', 'id = "M98"').replace("valid_from = 2026-04-27", "valid_from = 2027-01-01")
    body = RAW[SCHOOL].decode().replace(row("M08"), old + "\n\n" + new).encode()
    assert "M98" in build({**RAW, SCHOOL: body}).by_id


def test_a_wildcard_stands_alone() -> None:
    stray = row("M46", ANYONE).replace('id = "M46"', 'id = "M98"').replace('from = ["ANY"]', 'from = ["SOC"]').replace("I_DEID", "I_SOC")
    assert "M46 has a wildcard where M98 has the same purpose" in broken(ANYONE, row("M46", ANYONE), row("M46", ANYONE) + "\n\n" + stray)


def test_a_row_whose_information_no_holder_has_is_unreachable() -> None:
    assert "M08 is unreachable" in broken(SCHOOL, 'info = ["I_BASIC", "I_ATT"]', 'info = ["I_REPORTER"]')


def test_a_path_that_no_two_parties_can_use_is_unreachable() -> None:
    clause = row("M09")[row("M09").rindex("[[row.path]]") :]  # the general clause, which a private school never has
    assert "M10 path 2 is unreachable between these parties" in broken(SCHOOL, row("M10"), row("M10") + "\n" + clause)
    elsewhere = clause.replace("[[row.path]]", '[[row.path]]\nto = ["POL"]')
    assert "M08 path 2 is unreachable between these parties" in broken(SCHOOL, row("M08"), row("M08") + "\n" + elsewhere)


def test_a_path_behind_an_easier_one_is_unreachable() -> None:
    path = row("M08")[row("M08").index("[[row.path]]") :]
    harder = path.replace('["A_MEN_TESTED", "A_RELEVANT"]', '["A_MEN_TESTED", "A_RELEVANT", "A_TRIED"]')
    assert "M08 path 2 is unreachable" in broken(SCHOOL, row("M08"), row("M08") + "\n" + harder)


def test_a_duty_never_waits_for_consent() -> None:
    duty = row("M01", CONCERN)
    waiting = duty.replace('consent = "none"', 'consent = "disposer"')
    assert "M01 is a duty and must never wait for consent" in broken(CONCERN, duty, waiting)


def test_a_row_labelled_may_has_a_way_without_consent() -> None:
    only = row("M09")[: row("M09").rindex("[[row.path]]")]
    assert "M09 is labelled may" in broken(SCHOOL, row("M09"), only)


def test_a_pair_of_parties_without_a_path_is_named() -> None:
    assert "leaves S_FSK to LE without a path" in broken(
        POLICE, row("M34", POLICE), row("M34", POLICE).replace('kind = "duty"', 'kind = "duty"\nto = ["POL"]', 1)
    )


def test_every_purpose_says_what_it_needs() -> None:
    assert "P_TECH needs of" in broken("needs.toml", 'purpose = ["P_TECH"]', 'purpose = ["P_TECH"]\ncategory = ["plan"]')
