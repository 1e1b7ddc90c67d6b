"""The supervisor's side of the preparation: starts it, has its steps done one after the other, and lets it end."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from deploy.embedded.guard import dies_with_us
from deploy.embedded.home import Home
from deploy.embedded.parts import PROJECTS
from deploy.embedded.supervisor import StartFailed

FILES, DATABASES, STREAMS = "files", "databases", "streams"
"""The steps."""
_LAST_WORDS = 12  # lines


class Preparation:
    """One such process. Use it through `preparing`."""

    def __init__(self, process: asyncio.subprocess.Process, tell: Callable[[str], None], home: Home) -> None:
        self._process, self._tell, self._home = process, tell, home
        self._one = asyncio.Lock()

    async def do(self, *steps: str) -> None:
        """These steps, to their end. Raises StartFailed with the last words of one that failed."""
        assert self._process.stdin is not None  # noqa: S101  asked for below
        assert self._process.stdout is not None  # noqa: S101
        async with self._one:
            for step in steps:
                self._process.stdin.write(f"{step}\n".encode())
                while (said := (await self._process.stdout.readline()).decode().rstrip()) != "done":
                    verb, _, words = said.partition(" ")
                    if verb != "told":
                        raise StartFailed(f"preparing the {step} failed:\n{self._last_words()}")
                    self._tell(words)

    def _last_words(self) -> str:
        log = self._home.log / "preparation.log"
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_WORDS:]
        return "\n".join(f"  | {line}" for line in lines) + f"\n  (all of it: {log})"


@asynccontextmanager
async def preparing(home: Home, tell: Callable[[str], None]) -> AsyncIterator[Preparation]:
    """A preparation for as long as the block lasts."""
    with (home.log / "preparation.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "deploy.embedded.preparation", str(home.folder)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, PROJECTS))},
            process_group=0,
            preexec_fn=dies_with_us(signal.SIGKILL),
        )
    try:
        yield Preparation(process, tell, home)
        assert process.stdin is not None  # noqa: S101  asked for above
        process.stdin.close()
    except BaseException:
        process.kill()
        raise
    finally:
        await process.wait()


async def declare_streams(home: Home, tell: Callable[[str], None]) -> None:
    """Streams and durables, made again. Raises StartFailed."""
    async with preparing(home, tell) as preparation:
        await preparation.do(STREAMS)
