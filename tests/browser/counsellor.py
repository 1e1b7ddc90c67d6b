"""What a counsellor does at sharing's pages in more than one test: a case, the question, the choices."""

from deploy.demo.narrator import Narrator
from deploy.demo.questions import may_i_tell
from deploy.demo.stage import Stage
from deploy.embedded.home import Running
from tests.browser.ground import Person

KIM = "Kim Ek"
FIT = ("Är uppgiften nödvändig för ändamålet?", "Hör uppgiften till saken?", "Står det i proportion till ändamålet?")
OWN = ("Bara uppgifter som kan ha betydelse för ändamålet följer med.", "Uppgifter om andra är borttagna, eller de har själva sagt ja.")
PUPIL_HEALTH = "Björkskolans elevhälsa (psykologisk, psykosocial, specialpedagogisk)"


async def case_of(running: Running, child: str) -> tuple[str, str]:
    """A case of the counsellor's about a child of its own: its number, and its decision's address."""
    async with Stage(running, Narrator(lambda _: None)) as stage:
        decision = await may_i_tell(stage, child)
        return f"Ärende {stage.case_id.replace('-', '')[-6:].upper()}", f"/cases/{stage.case_id}/decisions/{decision['decision_id']}"


async def pick(me: Person, group: str, words: str) -> None:
    """One choice of a group."""
    await me.page.get_by_role("group", name=group).get_by_text(words).click()
    me.clicks += 1


async def asks(me: Person, what: str) -> None:
    """From the case's page to the answer."""
    await me.press("Får jag dela något?")
    await me.check(axe=False)  # axe needs scripts
    await me.press(what)
    await pick(me, "Vem har uppgiften?", PUPIL_HEALTH)
    await pick(me, "Till vem?", "BUP Ekdala")
    for words in (*FIT, *OWN):
        await me.press(words)
    await me.press("Visa svaret")
