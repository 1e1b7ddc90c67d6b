"""Two desks as their organisations run them, beside the running suite; their people have no JavaScript."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx2
import msgspec
import pytest
from samsyn_connect.client import Written
from samsyn_connect.config import Config
from samsyn_connect.desk.app import make_app

from deploy.demo import inspection
from deploy.demo.delivery import give_permit
from deploy.demo.narrator import Narrator
from deploy.demo.questions import ASSESSMENT, ask_the_family, decide, may_i_tell
from deploy.demo.stage import Stage
from deploy.embedded.home import Running
from shared.clock import utc_now
from shared.ids import new_id, opaque_id
from tests.connect.desks import desk_of
from tests.connect.pages import AtDesk, Page
from tests.connect.play import OverHttp, permit
from tests.eventually import eventually

TYPED = {
    "child_name": "Tuva Testsson",
    "c_from": "2026-08-17",
    "c_to": "2026-11-20",
    "c_possible_days": "66",
    "c_absent_days": "19,5",
    "c_unexcused_days": "7",
    "c_pattern": "single-lessons",
}


@pytest.fixture(scope="module")
async def school_url(running_suite: Running) -> AsyncIterator[str]:
    async with desk_of(running_suite, "o5ek") as url:
        yield url


@pytest.fixture(scope="module")
async def clinic_url(running_suite: Running) -> AsyncIterator[str]:
    async with desk_of(running_suite, "o2rg") as url:
        yield url


@pytest.fixture
async def counsellor(school_url: str) -> AsyncIterator[AtDesk]:
    async with AtDesk(school_url) as person:
        await person.log_in("Kim Ek")
        yield person


@pytest.fixture
async def psychologist(clinic_url: str) -> AsyncIterator[AtDesk]:
    async with AtDesk(clinic_url) as person:
        await person.log_in("Sam Vik")
        yield person


async def take(person: AtDesk, permitted: Any) -> Page:
    """Paste a permit; the page of its items."""
    page = await person.read("/write")
    return await person.press(page.form("/write"), "Fortsätt", permit=msgspec.json.encode(permitted).decode())


async def blank(stage: Stage, person: AtDesk) -> Page:
    """An empty form for attendance, under a new permit."""
    items = await take(person, await permit(stage))
    return await person.read(next(href for href in items.hrefs if href.startswith("/permits/")))


async def write_and_send(stage: Stage, person: AtDesk, **typed: str) -> Page:
    page = await blank(stage, person)
    path = page.url.removeprefix(person.url)
    checking = await person.press(page.form(path), "Fortsätt till kontroll", child_number=stage.family.child.number, **{**TYPED, **typed})
    return await person.press(checking.form(path), "Försegla och skicka")


async def waiting(psychologist: AtDesk, clinic: OverHttp, delivery_id: str) -> Page:
    """The page of one delivery's notice."""
    notice = next(n for n in await clinic.transport.inbox() if n.body.get("delivery_id") == delivery_id)
    inbox = await psychologist.read("/inbox")
    assert f"/inbox/{notice.id}" in inbox.hrefs
    return await psychologist.read(f"/inbox/{notice.id}")


def delivery_in(page: Page) -> str:
    return page.text.partition("Leveransens nummer: ")[2].split()[0]


async def test_one_desk_writes_and_sends_the_other_reads_and_no_house_can(
    stage: Stage, running_suite: Running, counsellor: AtDesk, psychologist: AtDesk, clinic: OverHttp
) -> None:
    secret = f"rönnbär {opaque_id().hex}"
    sent = await write_and_send(stage, counsellor, author=f"Kim Ek, {secret}")
    assert "Skickad. Mottagaren får ett meddelande nu." in sent.text
    delivery_id = delivery_in(sent)

    notice = await waiting(psychologist, clinic, delivery_id)
    opened = await psychologist.press(notice.form("/open"), "Hämta och läs")
    receipted = await psychologist.press(opened.form("/receipt"), "Sparad hos oss")

    assert "19,5" in opened.text
    assert "Enstaka lektioner" in opened.text
    assert stage.family.child.number in opened.text
    assert secret in opened.text
    assert "OSL 23:2 st. 3" in opened.text
    assert "Kvittot är lämnat: Sparad hos oss" in receipted.text
    assert delivery_id not in [str(n.body.get("delivery_id")) for n in await clinic.transport.inbox()]
    found = await inspection.where(running_suite, [secret, stage.family.child.number, delivery_id])
    assert found[delivery_id], "the search works"
    assert found[secret] == found[stage.family.child.number] == []


async def test_the_fetch_waits_for_a_press(stage: Stage, counsellor: AtDesk, psychologist: AtDesk, clinic: OverHttp) -> None:
    delivery_id = delivery_in(await write_and_send(stage, counsellor))

    notice = await waiting(psychologist, clinic, delivery_id)
    case = await stage.call(await stage.staff("counsellor", "sharing"), "GET", "sharing", f"/v1/cases/{stage.case_id}", expect=200)

    assert "Att hämta är att uppgiften lämnas ut till er" in notice.text
    assert [d["state"] for d in case["deliveries"] if d["delivery_id"] == delivery_id] == ["waiting"]


async def test_an_item_can_be_refused_with_a_reason(stage: Stage, counsellor: AtDesk, psychologist: AtDesk, clinic: OverHttp) -> None:
    delivery_id = delivery_in(await write_and_send(stage, counsellor))
    notice = await waiting(psychologist, clinic, delivery_id)
    opened = await psychologist.press(notice.form("/open"), "Hämta och läs")

    done = await psychologist.press(opened.form("/receipt", number=1), "Lämna tillbaka", reason="child-unknown")

    assert "Kvittot är lämnat: Inte mottagen" in done.text
    assert delivery_id not in [str(n.body.get("delivery_id")) for n in await clinic.transport.inbox()]


async def test_a_stopped_item_is_answered_with_deleted(running_suite: Running, psychologist: AtDesk, http: httpx2.AsyncClient) -> None:
    async with Stage(running_suite, Narrator(write=lambda _: None)) as made:
        counsellor_at_sharing = await made.staff("counsellor", "sharing")
        await ask_the_family(made, await may_i_tell(made))
        permitted = await give_permit(made, await decide(made, counsellor_at_sharing, ASSESSMENT))
        content = {"assessed_on": "2026-11-12", "profession": "psychologist", "summary": "Behöver lugn."}
        written = Written(bound=permitted["items"][0]["binding"], author="Kim Ek", child={"name": "Tindra"}, content=content)
        school, clinic = OverHttp(made, "o5ek", http), OverHttp(made, "o2rg", http)
        (sent,) = await school.connection.send(UUID(permitted["permit_id"]), [written], now=utc_now(), request_id=str(new_id()))
        assert sent.delivery_id is not None
        await clinic.connection.fetch(sent.delivery_id, request_id=str(new_id()))
        guardian = await made.citizen(made.family.guardians[0].number)
        (consent,) = (await made.call(guardian, "GET", "consent", "/v1/consents", expect=200))["consents"]
        await made.call(guardian, "POST", "consent", f"/v1/consents/{consent['consent_id']}/withdrawal", {}, expect=200)

        async def stopped() -> Any:
            notices = await clinic.transport.inbox()
            return [n for n in notices if n.name == "stopped" and n.body["delivery_id"] == str(sent.delivery_id)]

        (notice,) = await eventually(stopped)
        page = await psychologist.read(f"/inbox/{notice.id}")
        done = await psychologist.press(page.form("/receipt"), "Vi har tagit bort den")

        assert "har stoppat uppgiften" in page.text
        assert "Kvittot är lämnat: Vi har tagit bort den" in done.text
        assert not await stopped()


async def test_a_wrong_form_says_what_is_wrong_at_each_field_and_loses_nothing_typed(stage: Stage, counsellor: AtDesk) -> None:
    page = await blank(stage, counsellor)
    path = page.url.removeprefix(counsellor.url)
    typed = {"child_number": "20130101-1234", "child_name": "Tuva & <Testsson>", "c_from": "igår", "c_possible_days": "sextiosex"}

    wrong = await counsellor.press(page.form(path), "Fortsätt till kontroll", **typed, c_absent_days="500", c_pattern="tisdag")

    assert wrong.status == 400
    assert wrong.title.startswith("Fel: ")
    for name in ("child-number", "c-from", "c-to", "c-possible_days", "c-absent_days", "c-unexcused_days", "c-pattern"):
        assert f"#{name}" in wrong.hrefs
    kept = wrong.form(path).fields
    assert {kept["child-number"], kept["child-name"]} == {"20130101-1234", "Tuva & <Testsson>"}
    assert {kept["c-from"], kept["c-possible_days"], kept["c-absent_days"]} == {"igår", "sextiosex", "500"}
    assert kept["once"] == page.form(path).fields["once"]


async def test_changing_and_switching_language_keep_what_was_typed(stage: Stage, counsellor: AtDesk) -> None:
    page = await blank(stage, counsellor)
    path = page.url.removeprefix(counsellor.url)
    checking = await counsellor.press(page.form(path), "Fortsätt till kontroll", child_number=stage.family.child.number, **TYPED)

    changing = await counsellor.press(checking.form(path), "Ändra")
    english = await counsellor.press(changing.form(path), "English")

    assert english.language == "en"
    assert "First day counted" in english.text
    fields = english.form(path).fields
    assert {name: fields[name.replace("_", "-", 1)] for name in TYPED} == TYPED


async def test_sending_twice_sends_once(stage: Stage, counsellor: AtDesk, clinic: OverHttp) -> None:
    page = await blank(stage, counsellor)
    path = page.url.removeprefix(counsellor.url)
    checking = await counsellor.press(page.form(path), "Fortsätt till kontroll", child_number=stage.family.child.number, **TYPED)
    before = len(await clinic.deliveries(stage.case_id))

    await counsellor.press(checking.form(path), "Försegla och skicka")
    again = await counsellor.press(checking.form(path), "Försegla och skicka")

    assert "✓ Skickad" in again.text
    assert len(await clinic.deliveries(stage.case_id)) == before + 1


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "klistra in"), ("{", "inget tillstånd"), ('{"permit_id": 1}', "inget tillstånd"), ("[" * 5000, "inget tillstånd")],
    ids=["nothing", "no JSON", "other JSON", "deep JSON"],
)
async def test_what_is_no_permit_is_refused_and_kept(counsellor: AtDesk, text: str, says: str) -> None:
    page = await counsellor.read("/write")

    wrong = await counsellor.press(page.form("/write"), "Fortsätt", permit=text)

    assert wrong.status == 400
    assert says in wrong.text
    assert wrong.form("/write").fields["permit"] == text


async def test_a_permit_can_be_handed_over_as_a_file(stage: Stage, counsellor: AtDesk) -> None:
    page = await counsellor.read("/write")
    body = msgspec.json.encode(await permit(stage))

    items = await counsellor.send(
        "/write", {"csrf": page.form("/write").fields["csrf"], "permit": ""}, files={"file": ("permit.json", body)}
    )

    assert "Uppgifter som får lämnas" in items.text


async def test_a_permit_that_was_changed_sends_nothing(stage: Stage, counsellor: AtDesk, clinic: OverHttp) -> None:
    permitted = await permit(stage)
    forged = msgspec.json.decode(msgspec.json.encode(permitted))
    forged["items"][0]["binding"]["use_by"] = "2030-01-01T00:00:00Z"
    before = await clinic.deliveries(stage.case_id)
    items = await take(counsellor, forged)
    path = next(href for href in items.hrefs if href.startswith(f"/permits/{permitted['permit_id']}/"))
    page = await counsellor.read(path)
    checking = await counsellor.press(page.form(path), "Fortsätt till kontroll", child_number=stage.family.child.number, **TYPED)

    refused = await counsellor.press(checking.form(path), "Försegla och skicka")

    assert refused.status == 403
    assert "Samsyn tog inte emot uppgiften. (Kod: bound-to-other" in refused.text
    assert refused.form(path).fields["c-absent_days"] == TYPED["c_absent_days"]
    assert await clinic.deliveries(stage.case_id) == before


POSTS = ["/write", "/auth/logout", "/inbox/{id}/open", "/inbox/{id}/receipt", "/inbox/{id}/done", "/permits/{id}/{id}"]


def test_every_form_of_the_desk_is_tried_as_another_sites(running_suite: Running) -> None:
    app = make_app(Config.load(running_suite.home / "organisations" / "o5ek" / "kit.toml"))
    posts = {route.path for route in app.routes if "POST" in getattr(route, "methods", ())}

    assert len(posts) == len(POSTS)


@pytest.mark.parametrize("path", POSTS)
async def test_a_form_of_another_site_does_nothing(counsellor: AtDesk, path: str) -> None:
    token = (await counsellor.read("/write")).form("/write").fields["csrf"]
    target = path.format(id=opaque_id())

    without_token = await counsellor.send(target, {})
    wrong_token = await counsellor.send(target, {"csrf": token[::-1]})
    other_origin = await counsellor.send(target, {"csrf": token}, headers={"Origin": "https://elsewhere.example"})
    no_origin = await counsellor.send(target, {"csrf": token}, headers={"Origin": "null"})
    cross = await counsellor.send(target, {"csrf": token}, headers={"Sec-Fetch-Site": "cross-site"})

    assert [p.status for p in (without_token, wrong_token, other_origin, no_origin, cross)] == [403] * 5


@pytest.mark.parametrize("path", ["/write", "/inbox", "/inbox/{id}", "/permits/{id}", "/permits/{id}/{id}"])
async def test_without_a_login_there_is_only_the_start_page(school_url: str, path: str) -> None:
    async with AtDesk(school_url) as stranger:
        page = await stranger.read(path.format(id=opaque_id()))

    assert page.url == f"{school_url}/"
    assert "Logga in" in page.links


@pytest.mark.parametrize("persona", ["Mika Sten", "Sam Vik", "Robin Björk"], ids=["no grant", "another organisation", "no unit"])
async def test_who_is_not_named_in_the_desks_configuration_does_not_come_in(school_url: str, persona: str) -> None:
    async with AtDesk(school_url) as person:
        page = await person.log_in(persona)

        assert page.status == 403
        assert "Du har inte behörighet" in page.text
        assert "Logga in" in (await person.read("/inbox")).links


async def test_a_login_begun_in_another_browser_does_not_come_in(school_url: str) -> None:
    async with AtDesk(school_url) as victim, AtDesk(school_url) as attacker:
        choosing = await attacker.browser.follow(await attacker.browser.get(f"{school_url}/auth/login"), until=school_url)
        form = Page(choosing).forms[0]
        persona = next(value for name, value, text in form.buttons if text.startswith("Kim Ek"))
        back = await attacker.browser.post(
            f"{choosing.url.scheme}://{choosing.url.netloc.decode()}{form.action}", data={**form.fields, "persona": persona}
        )

        page = Page(await victim.browser.get(back.headers["location"]))

    assert page.status == 403
    assert "annan webbläsare" in page.text


async def test_logging_out_ends_the_login_at_once(counsellor: AtDesk) -> None:
    page = await counsellor.read("/write")

    await counsellor.press(page.form("/auth/logout"), "Logga ut")

    assert "Logga in" in (await counsellor.read("/write")).links


@pytest.mark.parametrize("path", ["/", "/write", "/inbox", "/nowhere"])
async def test_every_page_is_closed_to_scripts_caches_and_other_sites(counsellor: AtDesk, path: str) -> None:
    page = await counsellor.read(path)

    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' ")
    assert "script" not in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.named <= page.labelled


async def test_a_name_elsewhere_that_points_here_is_a_stranger(counsellor: AtDesk) -> None:
    answer = await counsellor.browser.get(f"{counsellor.url}/", headers={"Host": "attacker.example"})

    assert answer.status_code == 421


async def test_what_is_too_large_is_refused(counsellor: AtDesk) -> None:
    page = await counsellor.send("/write", {"permit": "x" * (1 << 21)})

    assert page.status == 413


async def test_the_desks_own_log_holds_nothing_that_was_typed(running_suite: Running, stage: Stage, counsellor: AtDesk) -> None:
    await write_and_send(stage, counsellor, author="Kanariefågel, kurator")

    log = (running_suite.home / "log" / "desk-o5ek.log").read_text(encoding="utf-8")

    assert "Kanariefågel" not in log
    assert stage.family.child.number not in log
    assert "Traceback" not in log
