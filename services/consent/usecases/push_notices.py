"""Tell persons, where they have chosen, that there is something to read; tried again until it gets through or is given up."""

import logging
from datetime import datetime

from services.consent.domain.channel import Channel, ChannelFailed, Word
from services.consent.storage import contacts
from services.consent.storage.contacts import Due
from services.consent.usecases.means import Means
from shared import logs
from shared.database import Database

LOOP = "push-notices"
AT_ONCE = 50
GIVEN_UP_AFTER = 8
"""Tries, over about two days. What is given up stays in the table and shows in the log; the notice itself stands in the inbox."""


class PushNotices:
    """Takes what is due in one transaction, sends outside it, and writes down what came of each."""

    def __init__(self, database: Database, means: Means, channel: Channel) -> None:
        self._database = database
        self._means = means
        self._channel = channel

    async def run_once(self, now: datetime) -> int:
        """How many were handed over. After a crash between sending and writing down, the same id is sent once more."""
        async with self._database.transaction() as tx:
            due = await contacts.take_due(tx, now, AT_ONCE)
        return sum([await self._send(one, now=now) for one in due])

    async def _send(self, one: Due, *, now: datetime) -> bool:
        async with self._database.connection() as connection:
            protected = await contacts.is_protected(connection, one.person_id)
            chosen = await contacts.get(connection, self._means.vault, one.person_id)
        word = Word(push_id=one.push_id, email=chosen.email, telephone=chosen.telephone, language=chosen.language)
        try:
            code = None if not protected and await self._channel.send(word) else "no-way"
        except ChannelFailed as error:
            code = error.code
        async with self._database.transaction() as tx:
            if code is None:
                await contacts.sent(tx, one.push_id, now=now)
                return True
            is_over = code == "no-way" or one.tries >= GIVEN_UP_AFTER
            await contacts.failed(tx, one.push_id, code, now if is_over else None)
        level = logging.ERROR if is_over else logging.WARNING
        logs.line("notice.given-up" if is_over else "notice.not-pushed", level=level, message_id=str(one.push_id), reason=code)
        return False
