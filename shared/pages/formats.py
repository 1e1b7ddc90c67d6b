"""Dates, numbers and lists as the reader's language writes them (Babel), always in Swedish time."""

from collections.abc import Iterable
from datetime import date, datetime

from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from shared.clock import STOCKHOLM
from shared.pages.languages import Language


class Formats:
    """One language's formats; the names are the templates' filters."""

    def __init__(self, language: Language) -> None:
        # Western digits and the Gregorian calendar in Arabic too: the same date must be found again on paper
        self._locale = {"sv": "sv", "en": "en_GB", "ar": "ar_EG"}[language]
        self._digits = "latn"

    def day(self, value: date | datetime) -> str:
        """`11 mars 2026`, in prose."""
        return format_date(_local(value), "d MMMM y", locale=self._locale) if self._locale != "ar_EG" else self._western(value, "d MMMM y")

    def weekday(self, value: date | datetime) -> str:
        """`torsdag 3 december`, for days that are near."""
        return self._western(value, "EEEE d MMMM")

    def moment(self, value: datetime) -> Markup:
        """`2026-03-11 14:05`, in tables, as a `time` element."""
        local = value.astimezone(STOCKHOLM)
        return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), local.strftime("%Y-%m-%d %H:%M"))

    def clock(self, value: datetime) -> str:
        """`14:03`."""
        return value.astimezone(STOCKHOLM).strftime("%H:%M")

    def second(self, value: datetime) -> str:
        """`14:03:22`, where a second matters."""
        return value.astimezone(STOCKHOLM).strftime("%H:%M:%S")

    def number(self, value: float) -> str:
        """`1 902`."""
        return format_decimal(value, locale=self._locale, numbering_system=self._digits)

    def listed(self, values: Iterable[object]) -> Markup:
        """`a, b och c`."""
        return Markup(format_list([str(escape(value)) for value in values], locale=self._locale))  # noqa: S704  each part is escaped

    def _western(self, value: date | datetime, pattern: str) -> str:
        local = _local(value)
        if isinstance(local, datetime):
            return format_datetime(local, pattern, locale=self._locale).translate(_WESTERN)
        return format_date(local, pattern, locale=self._locale).translate(_WESTERN)


_WESTERN = {0x0660 + digit: str(digit) for digit in range(10)}


def _local(value: date | datetime) -> date | datetime:
    return value.astimezone(STOCKHOLM) if isinstance(value, datetime) else value
