"""The signer at its socket, which only the house's own user can open. Each answer is on its disk before it leaves."""

import asyncio
import signal
import socket
from datetime import datetime

import msgspec

from services.audit.domain.checkpoint import SigningRefusedError
from services.audit.signer.messages import LONGEST, Answer, Attest, Keys, Last, Question, Sign
from services.audit.signer.office import Office
from shared import logs
from shared.clock import utc_now


async def serve(office: Office, opened: socket.socket) -> None:
    """Until SIGTERM."""
    asked, loop = asyncio.Event(), asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, asked.set)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(msgspec.json.encode(answer(office, line, utc_now())) + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):  # the house is gone, or a line has no end
            logs.line("signer.lost")
        except asyncio.CancelledError:
            return  # the end was asked for; a server of Python 3.11 would print what it means
        finally:
            writer.close()

    opened.setblocking(False)
    server = await asyncio.start_unix_server(talk, sock=opened, limit=LONGEST)
    logs.line("signer.started")
    await asked.wait()
    server.close()


def answer(office: Office, line: bytes, now: datetime) -> Answer:
    """What a line is answered with. A line that is no question is refused like everything else."""
    try:
        match msgspec.json.decode(line, type=Question):
            case Last(origin):
                return Answer(head=office.last(origin))
            case Sign(origin, head, path):
                note = office.sign(origin, head, path, now=now)
            case Keys(origin):
                return Answer(keys=office.keys(origin))
            case Attest(name, text):
                note = office.attest(name, text)
    except SigningRefusedError as refused:
        logs.line("signer.refused", reason=refused.code)
        return Answer(refused=refused.code)
    except (msgspec.DecodeError, ValueError):
        return Answer(refused="no-question")
    return Answer(note=note)
