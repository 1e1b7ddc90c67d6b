"""What an organisation does with Samsyn, over either transport: send items under a permit, fetch, open, give receipts."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey

from samsyn_connect.binding import SIGNATURE_ALGORITHM, Binding, NotSealedForUs
from samsyn_connect.config import KeyStore
from samsyn_connect.content import newest
from samsyn_connect.countersign import trusted_key
from samsyn_connect.identifying import CHECKED, Identifying, Known, check
from samsyn_connect.messages import (
    AskKeys,
    Confirm,
    Confirmed,
    FetchItem,
    ItemResult,
    ItemsAnswer,
    Keys,
    ReceiptStored,
    Released,
    SealedItem,
    SendItems,
    SendReceipt,
)
from samsyn_connect.seal import Item, open_sealed, seal
from samsyn_connect.transport import Transport

RECEIPT = "samsyn-receipt+jws"


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """One item as it was written at the organisation, for an item of a permit."""

    bound: dict[str, str]
    """The permit's `binding` for this item, as Samsyn gave it."""
    author: str
    child: dict[str, str]
    """Empty for a question that is about nobody."""
    content: dict[str, Any]
    known: Known | None = None
    """Names and numbers to look for in a text that must be about nobody; never sealed."""
    attested: bool = False
    """A human has seen what the identity check found and attests that nobody can be recognised."""


class Connection:
    """One organisation's dealings. Stateless but for its keys: every act is one call, repeatable by its request id."""

    def __init__(self, transport: Transport, keys: KeyStore) -> None:
        self._transport = transport
        self._keys = keys

    async def unit_key(self, unit: str, *, now: datetime) -> tuple[str, ECKey | OKPKey]:
        """The unit's organisation and its key in force that both registrars vouch for. Raises NotSealedForUs without one."""
        answer = await self._transport.call("ask", "keys", AskKeys(unit=unit), Keys)
        return answer.organisation, trusted_key(answer.organisation, unit, answer.keys, self._keys.registrars, now=now)

    async def send(self, permit_id: UUID, items: Sequence[Written], *, now: datetime, request_id: str) -> list[ItemResult]:
        """Check, sign, seal and post; nothing leaves in the clear. Items that Samsyn refuses come back with their reason.

        Raises ValueError for content that does not fit, Identifying for a text that may point
        somebody out, NotSealedForUs for a key that nobody vouches for, Problem, Unreachable.
        After Unreachable, `post` the same sealed items again: sealing anew makes other bytes, which the request id does not cover.
        """
        return await self.post(permit_id, await self.sealed(items, now=now), request_id=request_id)

    async def sealed(self, items: Sequence[Written], *, now: datetime) -> list[SealedItem]:
        """Checked, signed and sealed to each recipient unit's key, ready to post. Raises as `send`."""
        made = []
        for item in items:
            _about_nobody(item)
            binding = msgspec.convert({**item.bound, "schema": newest(item.bound["category"]).sha256}, Binding)
            _, key = await self.unit_key(binding.recipient, now=now)
            whole = Item(binding=binding, author=item.author, written_at=now, child=item.child, content=item.content)
            made.append(SealedItem(item_id=binding.item, jwe=seal(whole, self._keys.signing, key)))
        return made

    async def post(self, permit_id: UUID, sealed: Sequence[SealedItem], *, request_id: str) -> list[ItemResult]:
        """Post what is sealed. The same request id again gives the same answer."""
        request = SendItems(permit_id=permit_id, items=tuple(sealed))
        return list((await self._transport.call("in", "items", request, ItemsAnswer, request_id=request_id)).items)

    async def fetch(self, delivery_id: UUID, *, request_id: str) -> Released:
        """Have one item released to us. Raises Problem `not-released` with the reasons when the rules say no now."""
        return await self._transport.call("ask", "fetch", FetchItem(delivery_id=delivery_id), Released, request_id=request_id)

    async def open(self, released: Released, *, now: datetime) -> Item:
        """The item in the clear, for this organisation's own journal. Raises NotSealedForUs with a code fit for a receipt."""
        binding = msgspec.convert(released.binding, Binding)
        if binding.use_by <= now:
            raise NotSealedForUs("use-by-passed")
        key = self._keys.unit_key(_kid(released.jwe))
        if key is None:
            raise NotSealedForUs("key-gone")
        sender = await self._transport.call("ask", "keys", AskKeys(unit=binding.discloser), Keys)
        failure = NotSealedForUs("not-authentic")
        for signing in sender.signing_keys:
            try:
                return open_sealed(released.jwe, key, OKPKey.import_key({**signing.jwk, "kid": signing.kid}), binding)
            except NotSealedForUs as error:
                failure = error
        raise failure

    async def give_receipt(
        self,
        delivery_id: UUID,
        state: str,
        *,
        now: datetime,
        request_id: str,
        reason: str | None = None,
        paragraph: str | None = None,
    ) -> ReceiptStored:
        """Sign and send: `stored`, `opened`, `refused` (with reason), `duty-done`, `deleted`, `kept` (with paragraph)."""
        payload = {"delivery": str(delivery_id), "state": state, "at": now, "reason": reason, "paragraph": paragraph}
        header = {"alg": SIGNATURE_ALGORITHM, "kid": self._keys.signing.kid, "typ": RECEIPT}
        receipt = jws.serialize_compact(header, msgspec.json.encode(payload), self._keys.signing, algorithms=[SIGNATURE_ALGORITHM])
        return await self._transport.call("in", "receipt", SendReceipt(receipt=receipt), ReceiptStored, request_id=request_id)

    async def confirm(self, notice_ids: Sequence[UUID], *, request_id: str) -> int:
        """Tell Samsyn that these notices are dealt with; until then they come again."""
        return (await self._transport.call("in", "confirm", Confirm(ids=tuple(notice_ids)), Confirmed, request_id=request_id)).confirmed


def _about_nobody(item: Written) -> None:
    category = item.bound["category"]
    if category in CHECKED and item.child:
        raise ValueError("a de-identified question says of no child who it is")
    if not item.attested and (found := check(category, item.content, item.known)):
        raise Identifying(found)


def _kid(compact: str) -> str:
    """The unit key that the cipher names; believed only when it opens. Raises NotSealedForUs."""
    head = compact.partition(".")[0]
    try:
        header = msgspec.json.decode(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)), type=dict[str, Any])
    except (ValueError, msgspec.MsgspecError) as error:
        raise NotSealedForUs("not-authentic") from error
    return str(header.get("kid", ""))
