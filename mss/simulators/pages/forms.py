"""What a person typed, read into values. Every refusal says in Swedish what to do, by the field's name."""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import phonenumbers

from .words import FORWARDING, SHOW_AS, STOCKHOLM

MAX_SUBJECT = 255
# 09:30, 9.30, 0930 or 9: as people write it.
CLOCK = re.compile(r"([01]?\d|2[0-3])(?:[:.]?([0-5]\d))?")
YEARS = range(2000, 2100)
NAMES = {"date": "datum", "end_date": "slutdatum", "start": "start", "end": "slut"}
REPEATS = {"": "Nej", "1": "Varje dag, 5 gånger", "7": "Varje vecka, 5 gånger"}
MINUTES = {
    "-60": "60 minuter tidigare",
    "-30": "30 minuter tidigare",
    "30": "30 minuter senare",
    "60": "60 minuter senare",
}
DAYS = {"-1440": "En dag tidigare", "1440": "En dag senare"}


class MistypedError(ValueError):
    """What was typed cannot be used. `errors`: by field name, a Swedish sentence."""

    def __init__(self, **errors: str) -> None:
        super().__init__(errors)
        self.errors = errors


def together(*reads: Callable[[], Any]) -> list[Any]:
    """What each reads, in order. Raises MistypedError with all that is wrong, so that it is told at once."""
    values: list[Any] = []
    errors: dict[str, str] = {}
    for read in reads:
        try:
            values.append(read())
        except MistypedError as mistyped:
            errors |= mistyped.errors
    if errors:
        raise MistypedError(**errors)
    return values


@dataclass(frozen=True)
class Times:
    """Aware UTC; of an all-day booking midnights marked UTC, the end being the day after the last."""

    starts_at: datetime
    ends_at: datetime
    all_day: bool


@dataclass(frozen=True)
class Draft:
    """A booking to make. `every_days`: 0 for a single one, 1 or 7 for a series."""

    subject: str
    times: Times
    show_as: str
    private: bool
    every_days: int


def draft(typed: Mapping[str, str]) -> Draft:
    """The booking form. Raises MistypedError."""
    subject, when, shown, repeat = together(
        lambda: _subject(typed),
        lambda: times(typed),
        lambda: show_as(typed),
        lambda: one_of(typed, "repeat", REPEATS),
    )
    return Draft(subject, when, shown, "private" in typed, int(repeat or 0))


def _subject(typed: Mapping[str, str]) -> str:
    subject = typed.get("subject", "").strip()
    if len(subject) > MAX_SUBJECT:
        raise MistypedError(subject=f"Rubriken får vara högst {MAX_SUBJECT} tecken. Korta den.")
    return subject


def show_as(typed: Mapping[str, str]) -> str:
    """One of Graph's words. Raises MistypedError."""
    return one_of(typed, "show_as", SHOW_AS)


def forwarding(typed: Mapping[str, str]) -> str:
    """none or announcement. Raises MistypedError."""
    return one_of(typed, "forwarding", FORWARDING)


def shifts(all_day: bool) -> Mapping[str, str]:
    """How far a series can be moved, in minutes: an all-day one only by whole days."""
    return DAYS if all_day else MINUTES | DAYS


def one_of(typed: Mapping[str, str], field: str, allowed: Container[str]) -> str:
    """The value, if it is in the list. Raises MistypedError."""
    value = typed.get(field, "")
    if value not in allowed:
        raise MistypedError(**{field: "Välj något i listan."})
    return value


def times(typed: Mapping[str, str]) -> Times:
    """Fields date, end_date (optional), start, end, all_day. Raises MistypedError."""
    days = [lambda: _date(typed, "date"), lambda: _date(typed, "end_date", optional=True)]
    if "all_day" in typed:
        return _whole_days(*_in_order(*together(*days)))
    first, last, *clocks = together(*days, lambda: _clock(typed, "start"), lambda: _clock(typed, "end"))
    first, last = _in_order(first, last)
    starts_at, ends_at = together(
        lambda: instant(datetime.combine(first, clocks[0]), "start"),
        lambda: instant(datetime.combine(last, clocks[1]), "end"),
    )
    if ends_at <= starts_at:
        raise MistypedError(end="Slut måste vara efter start. Ange slutdatum om bokningen går över midnatt.")
    return Times(starts_at, ends_at, all_day=False)


def _in_order(first: date, last: date | None) -> tuple[date, date]:
    if last and last < first:
        raise MistypedError(end_date="Slutdatum är före datum. Ändra ett av dem.")
    return first, last or first


def _whole_days(first: date, last: date) -> Times:
    midnight = datetime.combine(first, time.min, UTC)
    return Times(midnight, midnight + (last - first) + timedelta(days=1), all_day=True)


def _date(typed: Mapping[str, str], field: str, optional: bool = False) -> date | None:
    text = typed.get(field, "").strip()
    if optional and not text:
        return None
    try:
        value = date.fromisoformat(text)
    except ValueError:
        raise MistypedError(
            **{field: f"Ange {NAMES[field]} som år, månad och dag, till exempel 2026-11-24."}
        ) from None
    if value.year not in YEARS:
        raise MistypedError(**{field: f"Ange {NAMES[field]} mellan år {YEARS[0]} och {YEARS[-1]}."})
    return value


def _clock(typed: Mapping[str, str], field: str) -> time:
    given = CLOCK.fullmatch(typed.get(field, "").strip())
    if given is None:
        raise MistypedError(**{field: f"Ange {NAMES[field]} som klockslag, till exempel 09:30."})
    return time(int(given[1]), int(given[2] or 0))


def instant(wall: datetime, field: str) -> datetime:
    """A wall time of Stockholm in UTC; of an hour that comes twice, the first. Raises MistypedError."""
    value = wall.replace(tzinfo=STOCKHOLM).astimezone(UTC)
    if value.astimezone(STOCKHOLM).replace(tzinfo=None) != wall:
        gap = f"Klockan {wall:%H:%M} finns inte {wall:%Y-%m-%d}, då börjar sommartiden. Ange en annan tid."
        raise MistypedError(**{field: gap})
    return value


def moment(text: str, field: str) -> datetime | None:
    """`2026-11-24T14:30` or with a space, in Stockholm; None for nothing typed. Raises MistypedError."""
    if not text.strip():
        return None
    try:
        wall = datetime.fromisoformat(text.strip())
    except ValueError:
        raise MistypedError(**{field: "Ange dag och tid, till exempel 2026-11-24 14:30."}) from None
    if wall.year not in YEARS:
        raise MistypedError(**{field: f"Ange ett datum mellan år {YEARS[0]} och {YEARS[-1]}."})
    return instant(wall.replace(tzinfo=None), field)


def e164(text: str) -> str | None:
    """The number in E.164, read as a Swede types it; None if it is no number."""
    try:
        parsed = phonenumbers.parse(text, "SE")
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
