"""How long a row may hold: its last day, the 18th birthday, the representation's end, or the day on which another's yes is due."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

from services.consent.domain.consent import Standing, agreed
from services.consent.domain.custody import Known
from services.consent.domain.judgement import Judgement
from services.consent.domain.periods import day_of, end_of, reaches, start_of
from shared.law.disposers import ADULT, HEARD, WITH_GUARDIANS, AskHuman, Disposers, birthday

WhoOn = Callable[[date], Disposers | AskHuman]
"""Who must agree on a given day, everything else being as it is now."""


def valid_until(
    known: Known, who_on: WhoOn, words: dict[UUID, Standing], *, last_day: date, judgement: Judgement, now: datetime
) -> datetime:
    """The first instant at which the row no longer lets anything through, as far as it is known now."""
    today = day_of(now)
    ends = [end_of(last_day)]
    adult = reaches(known.person.birth_date, ADULT)
    if adult > now:
        ends.append(adult)
    ends.extend(end_of(end) for end in (known.representation_ends(today), judgement.last_day) if end is not None)
    changes = [birthday(known.person.birth_date, known.person.birth_date.year + age) for age in (HEARD, WITH_GUARDIANS)]
    changes += [one.last_day + timedelta(days=1) for one in judgement.excused]
    ends.extend(start_of(day) for day in (*changes, *known.changes_after(today)) if day > today and not agreed(who_on(day), words))
    return min(ends)
