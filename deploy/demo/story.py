"""One child's case through all three services, told step by step against the running processes, ending in a verdict."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from deploy.demo.delivery import confirm_and_send, receive, withdraw
from deploy.demo.narrator import Narrator, StoryFailed
from deploy.demo.proof import outsiders_try, prove
from deploy.demo.questions import ask_the_family, may_i_tell
from deploy.demo.review import review
from deploy.demo.stage import Stage
from deploy.demo.witnessing import witnessed
from deploy.embedded.home import Home, Running


async def _go_on(_act: int) -> None:
    """Nothing happens between the acts."""


async def play(running: Running, between: Callable[[int], Awaitable[None]] = _go_on) -> bool:
    """Tell the story; True when everything was as promised. `between` is told each act that has ended: tests let things happen there."""
    narrator = Narrator()
    narrator.say("Samsyn lets school, health care and social services help a child together: ask what may be shared, ask the family once,")
    narrator.say("send only what is needed, sealed, and prove afterwards who shared what and why. Everyone here is made up.")
    failure: StoryFailed | None = None
    try:
        async with Stage(running, narrator) as stage:
            first = await may_i_tell(stage)
            await between(1)
            decision = await ask_the_family(stage, first)
            await between(2)
            sent = await confirm_and_send(stage, decision)
            await between(3)
            await receive(stage, sent)
            await between(4)
            await withdraw(stage, sent)
            await between(5)
            await outsiders_try(stage)
            await between(6)
            await prove(stage)
            await witnessed(stage)
            await between(7)
            await review(stage)
    except StoryFailed as failed:
        failure = failed
    except Exception as unforeseen:  # noqa: BLE001  whatever it is, the reader gets a verdict
        failure = StoryFailed(f"{type(unforeseen).__name__}: {unforeseen}")
    return narrator.verdict(failure)


def main() -> int:
    """`python -m deploy.demo.story DATA`: tell it against what runs there; 0 when everything was as promised."""
    running = Home(Path(sys.argv[1])).running()
    if running is None:
        sys.stderr.write("nothing runs there\n")
        return 2
    return 0 if asyncio.run(play(running)) else 1


if __name__ == "__main__":
    sys.exit(main())
