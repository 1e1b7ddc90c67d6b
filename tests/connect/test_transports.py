from uuid import UUID

import httpx2
import msgspec
import pytest
from joserfc.jwk import ECKey
from samsyn_connect.config import KeyStore
from samsyn_connect.http import HttpTransport
from samsyn_connect.messages import AskKeys, FetchItem, ItemsAnswer, Keys, Released, SendItems
from samsyn_connect.tokens import TokenSource
from samsyn_connect.transport import Problem, Unreachable

from deploy.demo.stage import Stage, System
from deploy.embedded.ports import free_port
from shared.clock import utc_now
from shared.ids import new_id
from tests.connect.play import OverHttp, attendance, permit
from tests.eventually import eventually


def key() -> str:
    return str(new_id())


async def sent(stage: Stage, school: OverHttp) -> UUID:
    """A new delivery of attendance to the clinic."""
    permitted = await permit(stage)
    written = [attendance(stage, permitted)]
    (result,) = await school.connection.send(UUID(permitted["permit_id"]), written, now=utc_now(), request_id=key())
    assert result.delivery_id is not None, result
    return result.delivery_id


@pytest.fixture(scope="module")
async def nats_clinic(stage: Stage) -> System:
    return await stage.system("o2rg")


async def test_keys_are_the_same_over_http_and_nats(nats_clinic: System, clinic: OverHttp) -> None:
    over_nats = await nats_clinic.bus.call("ask", "keys", AskKeys(unit="o5ek-u1"), Keys)
    over_http = await clinic.transport.call("ask", "keys", AskKeys(unit="o5ek-u1"), Keys)

    assert over_http == over_nats
    assert over_http.organisation == "o5ek"


async def test_an_item_goes_from_writing_to_receipt_over_http_alone(stage: Stage, school: OverHttp, clinic: OverHttp) -> None:
    delivery_id = await sent(stage, school)

    (notice,) = [n for n in await clinic.transport.inbox() if n.body.get("delivery_id") == str(delivery_id)]
    released = await clinic.connection.fetch(delivery_id, request_id=key())
    item = await clinic.connection.open(released, now=utc_now())
    receipt = await clinic.connection.give_receipt(delivery_id, "stored", now=utc_now(), request_id=key())
    await clinic.connection.confirm([notice.id], request_id=key())

    assert item.content["absent_days"] == 19.5
    assert item.child["number"] == stage.family.child.number
    assert receipt.state == "stored"
    assert delivery_id not in await clinic.deliveries(stage.case_id)


async def test_a_waiting_inbox_answers_when_a_notice_comes(stage: Stage, school: OverHttp, clinic: OverHttp) -> None:
    last = max((n.position for n in await clinic.transport.inbox()), default=0)
    delivery_id = await sent(stage, school)

    notices = await clinic.transport.inbox(after=last, wait=20)

    assert [n.position > last for n in notices if n.body.get("delivery_id") == str(delivery_id)] == [True]


async def test_a_fetch_is_the_same_release_over_either_transport(
    stage: Stage, school: OverHttp, clinic: OverHttp, nats_clinic: System
) -> None:
    delivery_id = await sent(stage, school)

    over_http = await clinic.connection.fetch(delivery_id, request_id=key())
    over_nats = await nats_clinic.connection.fetch(delivery_id, request_id=key())

    assert msgspec.structs.replace(over_http, released_at=over_nats.released_at) == msgspec.structs.replace(
        over_nats, filing_note=over_http.filing_note
    )


async def test_a_refusal_is_the_same_problem_over_either_transport(clinic: OverHttp, nats_clinic: System) -> None:
    unknown = FetchItem(delivery_id=new_id())
    with pytest.raises(Problem) as over_http:
        await clinic.transport.call("ask", "fetch", unknown, Released)
    with pytest.raises(Problem) as over_nats:
        await nats_clinic.bus.call("ask", "fetch", unknown, Released)

    assert over_http.value.status == over_nats.value.status == 404
    assert over_http.value.document == over_nats.value.document


async def test_the_same_request_id_twice_gives_the_same_answer_and_one_delivery(stage: Stage, school: OverHttp, clinic: OverHttp) -> None:
    permitted, request_id = await permit(stage), key()
    sealed = await school.connection.sealed([attendance(stage, permitted)], now=utc_now())
    before = await clinic.deliveries(stage.case_id)

    first = await school.connection.post(UUID(permitted["permit_id"]), sealed, request_id=request_id)
    again = await school.connection.post(UUID(permitted["permit_id"]), sealed, request_id=request_id)

    assert again == first
    assert len(await clinic.deliveries(stage.case_id)) == len(before) + 1


async def test_the_same_request_id_twice_gives_the_same_bytes(stage: Stage, school: OverHttp, http: httpx2.AsyncClient) -> None:
    permitted = await permit(stage)
    sealed = await school.connection.sealed([attendance(stage, permitted)], now=utc_now())
    url = f"{stage.urls['sharing']}/v1/items"
    body = msgspec.json.encode(SendItems(permit_id=UUID(permitted["permit_id"]), items=tuple(sealed)))
    headers = {"Idempotency-Key": key(), "Content-Type": "application/json"}

    answers = [
        await http.post(url, content=body, headers={**headers, **await school.tokens.headers("POST", url, utc_now())}) for _ in range(2)
    ]

    assert answers[0].status_code == answers[1].status_code == 200
    assert answers[0].content == answers[1].content


async def test_what_could_not_be_sent_is_sent_by_repeating_it(stage: Stage, school: OverHttp, http: httpx2.AsyncClient) -> None:
    permitted, request_id = await permit(stage), key()
    sealed = await school.connection.sealed([attendance(stage, permitted)], now=utc_now())
    request = SendItems(permit_id=UUID(permitted["permit_id"]), items=tuple(sealed))
    nobody = HttpTransport(f"http://127.0.0.1:{free_port()}", school.tokens, http, utc_now)

    with pytest.raises(Unreachable):
        await nobody.call("in", "items", request, ItemsAnswer, request_id=request_id)
    answer = await school.transport.call("in", "items", request, ItemsAnswer, request_id=request_id)

    assert [item.accepted for item in answer.items] == [True]


class CutOff(httpx2.AsyncBaseTransport):
    """The request arrives; the answer is lost on its way back."""

    def __init__(self) -> None:
        self.inner = httpx2.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self.inner.handle_async_request(request)
        await answer.aread()
        raise httpx2.ReadError("the line went dead", request=request)

    async def aclose(self) -> None:
        await self.inner.aclose()


async def test_an_answer_lost_on_its_way_is_unreachable_and_repeating_has_one_effect(
    stage: Stage, school: OverHttp, clinic: OverHttp
) -> None:
    permitted, request_id = await permit(stage), key()
    sealed = await school.connection.sealed([attendance(stage, permitted)], now=utc_now())
    request = SendItems(permit_id=UUID(permitted["permit_id"]), items=tuple(sealed))
    before = await clinic.deliveries(stage.case_id)

    async with httpx2.AsyncClient(transport=CutOff()) as cut:
        with pytest.raises(Unreachable):
            await HttpTransport(stage.urls["sharing"], school.tokens, cut, utc_now).call(
                "in", "items", request, ItemsAnswer, request_id=request_id
            )
    answer = await school.transport.call("in", "items", request, ItemsAnswer, request_id=request_id)

    assert answer.items[0].delivery_id in await clinic.deliveries(stage.case_id)
    assert len(await clinic.deliveries(stage.case_id)) == len(before) + 1


async def test_another_organisation_cannot_fetch_and_learns_nothing(stage: Stage, school: OverHttp, http: httpx2.AsyncClient) -> None:
    delivery_id = await sent(stage, school)
    stranger = OverHttp(stage, "o9kl", http)

    with pytest.raises(Problem) as refused:
        await stranger.connection.fetch(delivery_id, request_id=key())
    with pytest.raises(Problem) as unknown:
        await stranger.connection.fetch(new_id(), request_id=key())

    assert refused.value.status == 404
    assert refused.value.document == unknown.value.document
    assert "detail" not in refused.value.document


async def test_a_renewed_connection_keeps_notices_coming(stage: Stage, school: OverHttp, nats_clinic: System) -> None:
    bus = nats_clinic.bus
    before = bus._client

    bus._renew_at = utc_now()  # as if two thirds of the token's life had passed
    await bus.run_once(utc_now())
    delivery_id = await sent(stage, school)

    async def arrived() -> bool:
        found = False
        for notice in await bus.notices(within=0.5):
            found = found or str(delivery_id).encode() in notice.body
            await notice.acknowledge()
        return found

    assert bus._client is not before
    assert bus.is_connected
    await eventually(arrived, within=15)


async def test_confirming_another_organisations_notice_changes_nothing(stage: Stage, school: OverHttp, clinic: OverHttp) -> None:
    delivery_id = await sent(stage, school)
    (notice,) = [n for n in await clinic.transport.inbox() if n.body.get("delivery_id") == str(delivery_id)]

    await school.connection.confirm([notice.id], request_id=key())

    assert delivery_id in await clinic.deliveries(stage.case_id)


async def test_a_client_that_the_provider_does_not_know_is_told_so(stage: Stage, http: httpx2.AsyncClient) -> None:
    config = stage.kit_config("o5ek")
    forged = ECKey.generate_key("P-256", {"kid": str(KeyStore(config).client.kid)})
    tokens = TokenSource(config.issuer, config.client_id, forged, resource=config.sharing_audience, scopes=(), http=http)

    with pytest.raises(Problem, match="invalid_client"):
        await tokens.token(utc_now())


async def test_without_a_provider_there_is_no_token(stage: Stage, http: httpx2.AsyncClient) -> None:
    config = stage.kit_config("o5ek")
    issuer = f"http://127.0.0.1:{free_port()}"
    tokens = TokenSource(issuer, config.client_id, KeyStore(config).client, resource=config.sharing_audience, scopes=(), http=http)

    with pytest.raises(Unreachable):
        await tokens.token(utc_now())
