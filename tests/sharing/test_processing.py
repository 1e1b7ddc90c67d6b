"""What an organisation does here, out of its agreements and the models' rules."""

from datetime import timedelta

from services.sharing.domain.tables import load
from services.sharing.usecases.tell_processing import tell_processing
from shared.contracts.processing import Processing
from shared.database import Connection
from shared.law.codes import Purpose
from tests.sharing.world import NOW, REGION, SCHOOL, UNTIL, register_world

TABLES = load()


async def test_each_agreement_is_an_activity_with_what_its_model_allows(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)

    told = await tell_processing(sharing_tx, TABLES, Processing(organisation=SCHOOL), now=NOW)
    later = await tell_processing(sharing_tx, TABLES, Processing(organisation=SCHOOL), now=UNTIL + timedelta(days=1))
    nobody = await tell_processing(sharing_tx, TABLES, Processing(organisation="none"), now=NOW)

    (one,) = told.records
    assert (one.model, one.parties, one.in_force) == ("hlt-team", tuple(sorted((SCHOOL, REGION))), True)
    assert set(one.purposes) <= {str(purpose) for purpose in Purpose}
    assert one.categories
    assert told.rules == TABLES.sha256
    assert [record.in_force for record in later.records] == [False]
    assert nobody.records == ()


async def test_codes_and_parties_of_a_record_have_words_in_both_languages(sharing_tx: Connection) -> None:
    await register_world(sharing_tx)

    told = await tell_processing(sharing_tx, TABLES, Processing(organisation=SCHOOL), now=NOW)

    codes = {code for one in told.records for code in (*one.categories, *one.received_by, *one.parties)}
    assert codes == told.sv.keys() == told.en.keys()
    assert (told.sv["pupil-health"], told.en["pupil-health"]) == ("elevhälsans bedömning", "pupil-health assessment")
