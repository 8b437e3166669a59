"""What One X has confirmed of a person's day: our rows beside what was read live, and nothing One X has not said.

What became private is not among it, and what One X is still to clear is only counted: a time would tell too much.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from django.db.models import Q

from ..core.booking import Absence
from ..core.timeline import caller_view
from ..explain import Day, Judged
from ..models import SyncedBooking, SyncedUser


class State(StrEnum):
    """Where an absence is on its way. UNREAD: Outlook says something that has not been taken over yet."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    UNREAD = "unread"
    REFUSED = "refused"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Standing:
    """One booking at One X. `absence`: what it should hold, under its key; None unless it should hold something."""

    state: State
    absence: Absence | None = None
    row: SyncedBooking | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """`standings` in the order of the bookings; `leaving`: how many absences One X is to clear."""

    standings: tuple[Standing, ...]
    leaving: int

    @property
    def whole(self) -> bool:
        """Whether One X holds what it should. Of the day, not of a moment: that would tell when a private one is."""
        unconfirmed = (State.WAITING, State.UNREAD, State.REFUSED)
        return not self.leaving and not any(each.state in unconfirmed for each in self.standings)

    @property
    def absences(self) -> list[Absence]:
        return [each.absence for each in self.standings if each.absence]


def of_day(told: Day, now: datetime) -> Confirmed:
    """For each booking that was read live. One query."""
    items = [each.booking.item_id for each in told.judged]
    overlapping = Q(starts_at__lt=told.ends_at, ends_at__gt=told.starts_at)
    rows = list(SyncedBooking.objects.filter(overlapping | Q(item_id__in=items), synced_user=told.user))
    by_item = {row.item_id: row for row in sorted(rows, key=lambda row: not row.withdrawn)}
    standings = tuple(_standing(each, by_item.get(each.booking.item_id), told) for each in told.judged)
    stay = {each.row.pk for each in standings if each.row}
    return Confirmed(standings, sum(_leaves(row, now) for row in rows if row.pk not in stay))


def of_rows(user: SyncedUser, starts_at: datetime, ends_at: datetime) -> Confirmed:
    """What our rows say, where Outlook cannot be asked: as it was at the last reading."""
    rows = SyncedBooking.objects.filter(synced_user=user, starts_at__lt=ends_at, ends_at__gt=starts_at)
    ordered = list(rows.order_by("starts_at", "ends_at", "pk"))
    standings = tuple(Standing(_of_row(row), row.absence, row) for row in ordered if not row.withdrawn)
    return Confirmed(standings, sum(row.withdrawn for row in ordered))


def _leaves(row: SyncedBooking, now: datetime) -> bool:
    """Whether One X is to clear what it was told. What has ended unchanged is left alone."""
    return row.attempted_version > 0 and (row.withdrawn or row.ends_at > now)


def _standing(judged: Judged, row: SyncedBooking | None, told: Day) -> Standing:
    """A row that is no part of the answer belongs to what One X is to clear."""
    if judged.absence is None or told.stopped:
        return Standing(State.ABSENT)
    held = row if row and not row.withdrawn else None
    if judged.outside == "over":
        return _over(held)
    absence = replace(judged.absence, key=held.key) if held else judged.absence
    if held is None:
        return Standing(State.UNREAD, absence)
    return Standing(_of_row(held) if _same(held, absence, told) else State.UNREAD, absence, held)


def _over(held: SyncedBooking | None) -> Standing:
    """What has ended is history: it was there, or it was not."""
    if held and held.version == held.delivered_version:
        return Standing(State.CONFIRMED, held.absence, held)
    return Standing(State.ABSENT, None, held)


def _of_row(row: SyncedBooking) -> State:
    if row.version == row.delivered_version:
        return State.CONFIRMED
    return State.REFUSED if row.blocked else State.WAITING


def _same(row: SyncedBooking, absence: Absence, told: Day) -> bool:
    """A return time further ahead than was read is the row's to know."""
    if row.returns_at and absence.returns_at and row.returns_at > told.known_until:
        absence = replace(absence, returns_at=row.returns_at)
    return row.payload_hash == absence.payload_hash


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the day in which the same booking decides. `place`: which one, counted from 0."""

    place: int
    starts_at: datetime
    ends_at: datetime


def stretches(standings: Sequence[Standing], starts_at: datetime, ends_at: datetime) -> list[Stretch]:
    """What is seen from moment to moment. What One X refuses counts only where there is nothing else."""
    places = {each.absence.item_id: place for place, each in enumerate(standings) if each.absence}
    refused = [each.absence for each in standings if each.absence and each.state is State.REFUSED]
    others = [each.absence for each in standings if each.absence and each.state is not State.REFUSED]
    found: list[Stretch] = []
    for start, end in pairwise(_borders([*refused, *others], starts_at, ends_at)):
        seen = caller_view(others, start).absence or caller_view(refused, start).absence
        if seen is None:
            continue
        place = places[seen.item_id]
        if found and (found[-1].place, found[-1].ends_at) == (place, start):
            start = found.pop().starts_at
        found.append(Stretch(place, start, end))
    return found


def _borders(absences: Iterable[Absence], starts_at: datetime, ends_at: datetime) -> list[datetime]:
    moments = {moment for each in absences for moment in (each.starts_at, each.ends_at)}
    return sorted({starts_at, ends_at, *(moment for moment in moments if starts_at < moment < ends_at)})


def ahead_of(place: int, standings: Sequence[Standing]) -> int | None:
    """The first booking that goes before this one while both last; None if none does. Counted from 0."""
    mine = standings[place].absence
    if mine is None:
        return None
    rivals = enumerate(standings)
    return next((n for n, each in rivals if n != place and _goes_before(each, mine)), None)


def _goes_before(other: Standing, mine: Absence) -> bool:
    if other.absence is None or other.state is State.REFUSED:
        return False
    both = max(other.absence.starts_at, mine.starts_at)
    last = min(other.absence.ends_at, mine.ends_at)
    return both < last and caller_view([other.absence, mine], both).absence is other.absence
