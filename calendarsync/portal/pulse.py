"""How instances have been served during the last day, for the dashboard: a few queries, whatever their number."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from .. import figures
from ..figures import DAY, HOUR, HOURS, STAGES, Delay, hour_of
from ..models import HourlyFigures, SyncedBooking
from .overview import Overview

Shares = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Pulse:
    """`shares`: of the users, updated in each of 24 hours, as `figures.freshness` says. `waiting`: changes One X has
    not confirmed; `refused`: those it will not have."""

    shares: Shares
    delays: Mapping[str, Delay]
    waiting: int
    refused: int


def of(overviews: Sequence[Overview], now: datetime) -> dict[int, Pulse]:
    """By id of the provider."""
    pks = [each.provider.pk for each in overviews]
    hours, unsent = _hours(pks, now), _unsent(pks)
    return {
        each.provider.pk: Pulse(
            _shares(hours[each.provider.pk], each.fresh, now),
            _delays(hours[each.provider.pk], now),
            *unsent.get(each.provider.pk, (0, 0)),
        )
        for each in overviews
    }


def _hours(pks: Sequence[int], now: datetime) -> dict[int, list[HourlyFigures]]:
    found: dict[int, list[HourlyFigures]] = {pk: [] for pk in pks}
    for row in HourlyFigures.objects.filter(provider__in=pks, hour__gt=hour_of(now) - DAY):
        found[row.provider_id].append(row)
    return found


def _shares(rows: Sequence[HourlyFigures], fresh: float | None, now: datetime) -> Shares:
    shares = {row.hour: row.share for row in rows}
    first = hour_of(now) - (HOURS - 1) * HOUR
    return [*(shares.get(first + n * HOUR) for n in range(HOURS - 1)), fresh]


def _delays(rows: Sequence[HourlyFigures], now: datetime) -> dict[str, Delay]:
    counts: dict[str, Counter[int]] = {stage: Counter() for stage in STAGES}
    for row in rows:
        for stage, kept in row.delays.items():
            counts[stage].update({int(bucket): number for bucket, number in kept.items()})
    return {stage: figures.delay(counted) for stage, counted in counts.items() if counted}


def _unsent(pks: Sequence[int]) -> dict[int, tuple[int, int]]:
    """How many changes wait, and how many One X has refused."""
    rows = SyncedBooking.objects.pending().filter(synced_user__provider__in=pks).order_by()
    counted = rows.values_list("synced_user__provider").annotate(
        waiting=Count("pk", filter=Q(blocked=False)), refused=Count("pk", filter=Q(blocked=True))
    )
    return {pk: (waiting, refused) for pk, waiting, refused in counted}
