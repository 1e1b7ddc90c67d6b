"""A witness that others bring checkpoints to: `POST /add-checkpoint` of C2SP tlog-witness, for who is no member of Samsyn.

`samsyn-witness` needs no account and no bus: a name, the root log's key, a file for its own key and one for what it signed. Nobody is
asked who they are; what counts is the log's signature in the checkpoint. One process for one state file. TLS stands in front of it.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from samsyn_connect.clock import utc_now
from samsyn_connect.witness import NotWitnessed, Witness
from samsyn_connect.witnessing import read_key

_PATH = "/add-checkpoint"
_LARGEST = 100_000  # bytes of a body: 63 hashes and a note with many signatures are a tenth of it
_STATUS = {
    "malformed": 400,
    "wrong-key": 403,
    "wrong-signature": 403,
    "another-log": 404,
    "another-size": 409,
    "shrank": 409,
    "forked": 409,
    "proof-wrong": 422,
}
_TEXT, _SIZE = b"text/plain; charset=utf-8", b"text/x.tlog.size"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class WitnessApp:
    """ASGI. A turn holds no `await` between the look at what was signed and its new state, so no two requests can race."""

    def __init__(self, witness: Witness, clock: Callable[[], datetime] = utc_now) -> None:
        self._witness, self._clock = witness, clock

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        if scope["path"] != _PATH:
            await _answer(send, 404)
        elif scope["method"] != "POST":
            await _answer(send, 405)
        elif (body := await _body(receive)) is None:
            await _answer(send, 413)
        else:
            await _answer(send, *self.add_checkpoint(body))

    def add_checkpoint(self, body: bytes) -> tuple[int, bytes, bytes]:
        """Status, body and its type. A 409 says which size was signed last: the log goes on from there, or has lost something."""
        try:
            _, line = self._witness.add_checkpoint(body, self._clock())
        except NotWitnessed as refused:
            status = _STATUS[refused.code]
            if status == 409:  # noqa: PLR2004  Conflict
                seen = self._witness.seen
                return status, b"%d\n" % (seen.size if seen else 0), _SIZE
            return status, f"{refused.code}\n".encode(), _TEXT
        return 200, line.encode(), _TEXT


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when it is too large."""
    data, more = bytearray(), True
    while more:
        message = await receive()
        data += message.get("body", b"")
        more = message.get("more_body", False)
        if len(data) > _LARGEST:
            return None
    return bytes(data)


async def _answer(send: Send, status: int, body: bytes = b"", kind: bytes = _TEXT) -> None:
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--name", required=True, help="The witness's name in its key: an address without scheme that is yours.")
@click.option("--log-key", required=True, help="The root log's verifier key, compared with the operator's over another way.")
@click.option("--key", type=click.Path(dir_okay=False, path_type=Path), required=True, help="32 bytes, made at the first start.")
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), required=True, help="What was signed. Never put an old one back.")
@click.option("--port", type=int, required=True, help="On loopback; what stands in front does TLS.")
def main(name: str, log_key: str, key: Path, state: Path, port: int) -> None:
    """Witness Samsyn's root log for everybody: sign what continues what was signed before, and nothing else, until Ctrl-C."""
    import uvicorn  # late: the kit's other commands need no web server

    try:
        witness = Witness(name, Ed25519PrivateKey.from_private_bytes(read_key(key)), log_key, state)
    except NotWitnessed:
        raise click.BadParameter("not a verifier key", param_hint="--log-key") from None
    click.echo(witness.verifier_key)  # what the operator writes into the policy
    uvicorn.run(WitnessApp(witness), host="127.0.0.1", port=port, access_log=False, log_level="warning", server_header=False)


if __name__ == "__main__":
    main(prog_name="samsyn-witness")
