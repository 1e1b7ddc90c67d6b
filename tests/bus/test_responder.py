"""What a house hears over the bus: whose request it is stands in the subject and in the server's word, never in what was sent."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
import pytest
from nats.aio.msg import Msg

from shared import replies
from shared.auth import Caller
from shared.bus import Bus
from shared.contracts.consent import Child, ChildFound
from shared.database import Database
from shared.errors import Conflict, Invalid, NotFound, Refused, Unavailable
from shared.ids import new_id
from shared.operations import Operation
from shared.responder import BUS_ISSUER, Responder
from shared.work import Work
from tests.bus.world import OURS, SYSTEMS, THEIRS, World
from tests.eventually import eventually
from tests.shared.messages.conftest import NOW


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An empty request."""


class WhoAmI(msgspec.Struct, frozen=True):
    organisation: str | None
    issuer: str
    client_id: str
    scopes: list[str]


async def tell(_work: Work, caller: Caller, _request: Nothing) -> WhoAmI:
    return WhoAmI(caller.organisation, caller.issuer, caller.client_id, sorted(caller.scopes))


OPERATION = Operation(name="who", kind="ask", path="/v1/who", request=Nothing, answer=WhoAmI, perform=tell, scopes=("sharing:read",))
REFUSALS = {"not-found": NotFound(), "refused": Refused("grant-missing"), "conflict": Conflict("case-closed"), "down": Unavailable()}


async def find_child(_database: Database, question: Child, *, now: object) -> ChildFound:  # noqa: ARG001  the form of an answerer
    if question.organisation in REFUSALS:
        raise REFUSALS[question.organisation]
    if question.organisation == "bug":
        raise KeyError
    return ChildFound(subject_id=question.child_ref, restricted=True)


@pytest.fixture(scope="module")
async def consent(world: World) -> AsyncIterator[Bus]:
    bus = await world.bus("consent")
    await Responder("consent", world.register, bus).answer_houses({Child: find_child})
    await bus.client.flush()
    yield bus
    await bus.close()


@pytest.fixture(scope="module")
async def sharing(world: World) -> AsyncIterator[Bus]:
    bus = await world.bus("sharing")
    await Responder("sharing", world.register, bus).answer_organisations([OPERATION])
    await bus.client.flush()
    yield bus
    await bus.close()


@pytest.mark.usefixtures("sharing")
@pytest.mark.parametrize("organisation", [OURS, THEIRS])
async def test_a_system_is_known_by_its_subject_and_the_servers_word(world: World, organisation: str) -> None:
    bus = await world.bus(organisation)

    forged = {"Nats-Request-Info": '{"acc":"ORG_o2rg","user":"https://login.example https://system.region.example"}'}
    for headers in (None, forged):
        reply = await bus.request(f"samsyn.ask.{organisation}.who", b"{}", within=2, headers=headers)

        assert (reply.headers or {})[replies.STATUS] == "200"
        told = msgspec.json.decode(reply.data, type=WhoAmI)
        assert told == WhoAmI(organisation, world.forge.issuer, SYSTEMS[organisation], ["sharing:read"])
    await bus.close()


async def test_where_no_server_vouches_the_organisations_systems_are_one(world: World) -> None:
    async with world.server.bus("audit") as house, world.server.bus(OURS) as inside:
        await Responder("audit", world.register, house).answer_organisations([replace(OPERATION, name="inside")])
        await house.client.flush()

        async def answered() -> Msg | None:
            with contextlib.suppress(Unavailable):  # until the server has told the other account of the subscription
                return await inside.request(f"samsyn.ask.{OURS}.inside", b"{}", within=2)
            return None

        reply = await eventually(answered)
        assert reply is not None

    assert msgspec.json.decode(reply.data, type=WhoAmI) == WhoAmI(OURS, BUS_ISSUER, OURS, ["sharing:read"])


@pytest.mark.usefixtures("sharing")
async def test_a_bad_request_gets_a_problem_as_over_http(world: World) -> None:
    bus = await world.bus(OURS)

    reply = await bus.request(f"samsyn.ask.{OURS}.who", b'{"what":1}', within=2)

    assert (reply.headers or {})[replies.STATUS] == "400"
    assert msgspec.json.decode(reply.data)["errors"][0]["pointer"] == "#/what"
    await bus.close()


@pytest.mark.usefixtures("consent")
async def test_a_house_asks_another_and_gets_its_answer(sharing: Bus) -> None:
    child_ref = new_id(NOW)

    answer = await sharing.ask(Child(organisation=OURS, child_ref=child_ref))

    assert answer == ChildFound(subject_id=child_ref, restricted=True)


@pytest.mark.usefixtures("consent")
@pytest.mark.parametrize("code", REFUSALS)
async def test_what_the_other_house_refuses_is_the_same_error_here(sharing: Bus, code: str) -> None:
    with pytest.raises(type(REFUSALS[code])) as raised:
        await sharing.ask(Child(organisation=code, child_ref=new_id(NOW)))

    assert raised.value.code == REFUSALS[code].code


@pytest.mark.usefixtures("consent")
async def test_a_bug_in_the_other_house_is_unavailable_here(sharing: Bus) -> None:
    with pytest.raises(Unavailable):
        await sharing.ask(Child(organisation="bug", child_ref=new_id(NOW)))


async def test_a_house_that_is_not_there_is_unavailable_at_once(world: World) -> None:
    audit = await world.bus("audit")

    with pytest.raises(Unavailable):
        await audit.request("samsyn.call.sharing.stop.v1", b"{}", within=5)
    await audit.close()


def test_a_reply_that_is_not_understood_opens_nothing() -> None:
    assert isinstance(replies.error(None, b"{}"), Unavailable)
    assert isinstance(replies.error("201", b'{"code":"x"}'), Unavailable)
    assert isinstance(replies.error("400", b"["), Unavailable)
    assert isinstance(replies.error("400", b'{"code":"x"}'), Invalid)


async def test_sharing_never_hears_whom_an_organisation_names(world: World, sharing: Bus) -> None:
    heard: list[str] = []

    async def hear(msg: Msg) -> None:
        heard.append(msg.subject)

    for subject in ("samsyn.ask.*.*", f"samsyn.ask.{OURS}.children"):
        await sharing.client.subscribe(subject, cb=hear)
    await sharing.client.flush()
    bus = await world.bus(OURS)
    for name in ("children", "keys"):
        await bus.publish(f"samsyn.ask.{OURS}.{name}", b"{}")

    await eventually(lambda: f"samsyn.ask.{OURS}.keys" in heard, within=3)
    assert f"samsyn.ask.{OURS}.children" not in heard
    await bus.close()
