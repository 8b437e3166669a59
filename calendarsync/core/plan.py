"""What must change at One X, as a truth table of what is wanted and what is held."""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from .booking import Absence


@dataclass(frozen=True, slots=True)
class Set:
    """After it, One X holds exactly this absence under its key."""

    key: str
    extension: str
    version: int
    absence: Absence


@dataclass(frozen=True, slots=True)
class Clear:
    """After it, One X holds nothing under this key."""

    key: str
    extension: str
    version: int


@dataclass(frozen=True, slots=True)
class Held:
    """What we last wanted One X to hold for a booking: a row, without its bookkeeping of deliveries."""

    key: str
    item_id: str
    extension: str
    version: int
    payload_hash: str
    starts_at: datetime
    ends_at: datetime
    withdrawn: bool = False


def plan(
    wanted: Iterable[Absence],
    held: Iterable[Held],
    *,
    extension: str,
    now: datetime,
    new_key: Callable[[], str],
    keep: Container[str] = frozenset(),
    until: datetime | None = None,
    expired_before: datetime | None = None,
) -> list[Set | Clear]:
    """The changes after which One X holds what is wanted: clears by key, then sets by start.

    | wanted | held                                | change                                    |
    | ------ | ----------------------------------- | ----------------------------------------- |
    | yes    | no                                  | set, a new key, version 1                 |
    | yes    | the same                            | -                                         |
    | yes    | different, or withdrawn             | set, the same key, next version           |
    | yes    | on another extension                | clear there, and set here under a new key |
    | yes    | twice                               | one of them as above, clear the other     |
    | no     | coming or under way                 | clear, next version                       |
    | no     | the same, in `keep` or past `until` | -                                         |
    | no     | ended                               | -; before `expired_before`: clear         |
    | no     | withdrawn                           | -                                         |

    A booking that has ended is no longer wanted. `keep`: item ids that were there but could not be read.
    `until`: the reading is complete only for what starts before it. Both spare rows on `extension` only: what
    another extension shows is somebody else's absence by now.
    """
    coming = _by_item(absence for absence in wanted if absence.ends_at > now)
    rows = sorted(held, key=lambda row: row.key)
    chosen = _chosen(rows, coming, extension)

    def unwanted(row: Held) -> bool:
        if row.withdrawn or chosen.get(row.item_id) is row:
            return False
        if row.ends_at <= now:
            return expired_before is not None and row.ends_at < expired_before
        unread = row.item_id in keep or (until is not None and row.starts_at >= until)
        return row.item_id in coming or row.extension != extension or not unread

    clears = [Clear(row.key, row.extension, row.version + 1) for row in rows if unwanted(row)]
    sets = [
        _set(absence, chosen.get(absence.item_id), extension, new_key)
        for absence in coming.values()
        if _differs(absence, chosen.get(absence.item_id))
    ]
    return [*clears, *sets]


def _by_item(absences: Iterable[Absence]) -> dict[str, Absence]:
    """One absence per item id, the earliest, in order of start."""
    ordered = sorted(absences, key=lambda a: (a.starts_at, a.ends_at, a.item_id, a.payload_hash))
    by_item: dict[str, Absence] = {}
    for absence in ordered:
        by_item.setdefault(absence.item_id, absence)
    return by_item


def _chosen(rows: Iterable[Held], coming: Container[str], extension: str) -> dict[str, Held]:
    """The row that goes on for each wanted item: not withdrawn if there is one, then the newest."""
    candidates: defaultdict[str, list[Held]] = defaultdict(list)
    for row in rows:
        if row.item_id in coming and row.extension == extension:
            candidates[row.item_id].append(row)
    return {
        item_id: max(same, key=lambda row: (not row.withdrawn, row.version))
        for item_id, same in candidates.items()
    }


def _differs(absence: Absence, row: Held | None) -> bool:
    return row is None or row.withdrawn or row.payload_hash != absence.payload_hash


def _set(absence: Absence, row: Held | None, extension: str, new_key: Callable[[], str]) -> Set:
    key, version = (row.key, row.version + 1) if row else (new_key(), 1)
    return Set(key, extension, version, replace(absence, key=key))
