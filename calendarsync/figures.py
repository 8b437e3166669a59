"""How fast a provider is served, by the hour: one row for a provider and an hour, written once a turn, kept 30 days."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from .history import asked_at
from .models import HourlyFigures, Provider, SyncedUser, UserEvent

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURS = 24

# Stages: from the wish to the reading stored, from there to what One X has confirmed, and from end to end.
READ, CONFIRMED, WHOLE = STAGES = "read", "confirmed", "whole"
FIRST_BUCKET = 0.125  # seconds


# Writing


def hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def new_this_hour(users: Iterable[SyncedUser], synced: Collection[int], now: datetime) -> int:
    """How many of these, who are updated now, had not been within this hour. `users`: as they were before."""
    hour = hour_of(now)
    return sum(
        user.pk in synced and (user.last_synced_at is None or user.last_synced_at < hour) for user in users
    )


def delays_of(
    users: Sequence[SyncedUser],
    read: Collection[int],
    stored_at: datetime,
    delivered: Collection[tuple[str, int]],
    now: datetime,
) -> list[tuple[str, timedelta]]:
    """Stages that came to their end in a turn, of wishes that somebody made. `users`: as claimed; `read`: ids;
    `delivered`: key and version of each booking One X has taken, perhaps for a wish of long ago."""
    found = [(READ, stored_at - since) for pk, since in asked_at(users).items() if pk in read]
    stored: dict[tuple[int, datetime], datetime] = {}
    for user, wished_at, at in _brought(delivered):
        stored.setdefault((user, wished_at), at)
    for (_, wished_at), at in stored.items():
        found += [(CONFIRMED, now - at), (WHOLE, now - wished_at)]
    return found


def _brought(delivered: Collection[tuple[str, int]]) -> Iterator[tuple[int, datetime, datetime]]:
    """By whose wish, made when and read when, each booking came to be delivered; without what nobody asked for."""
    if not delivered:
        return
    known = UserEvent.objects.filter(key__in={key for key, _ in delivered})
    told = known.exclude(what=UserEvent.What.REFUSED).order_by("pk")
    for key, version, user, wished_at, at in told.values_list(
        "key", "version", "synced_user", "asked_at", "at"
    ):
        if wished_at and (key, version) in delivered:
            yield user, wished_at, at


def count(provider_id: int, updated: int, delays: Sequence[tuple[str, timedelta]], now: datetime) -> None:
    """Adds a turn that tried to read or to deliver to the figures of the hour, whose row it locks; in a transaction."""
    row = _row(provider_id, hour_of(now))
    row.updated += updated
    for stage, delay in delays:
        counts = row.delays.setdefault(stage, {})
        bucket = str(bucket_of(delay.total_seconds()))  # a key of JSON
        counts[bucket] = counts.get(bucket, 0) + 1
    if updated or delays:
        row.save(update_fields=["updated", "delays"])


def _row(provider_id: int, hour: datetime) -> HourlyFigures:
    rows = HourlyFigures.objects.filter(provider=provider_id, hour=hour).select_for_update(no_key=True)
    if (row := rows.first()) is None:
        users = SyncedUser.objects.filter(provider=provider_id).filter(_followed()).count()
        new = HourlyFigures(provider_id=provider_id, hour=hour, users=users)
        HourlyFigures.objects.bulk_create([new], ignore_conflicts=True)  # another worker may be as quick
        row = rows.get()
    return row


def _followed() -> Q:
    return Q(active=True, state=SyncedUser.State.ACTIVE)


def bucket_of(seconds: float) -> int:
    """Number of a bucket. Each is a factor of √2 wide; the first one ends at 0.125 s."""
    return max(0, math.ceil(2 * math.log2(max(seconds, FIRST_BUCKET) / FIRST_BUCKET)))


def end_of(bucket: int) -> float:
    """Seconds."""
    return float(FIRST_BUCKET * 2 ** (bucket / 2))


# Reading


def freshness(provider: Provider, now: datetime) -> list[float | None]:
    """24 shares (0 to 1) of the users updated, the oldest first; None where nobody was looked at.

    23 whole hours of the clock, then the last 60 minutes, since the hour under way is not over."""
    first = hour_of(now) - (HOURS - 1) * HOUR
    shares = {row.hour: row.share for row in provider.hours.filter(hour__gte=first)}
    return [*(shares.get(first + n * HOUR) for n in range(HOURS - 1)), _last_hour(provider, now)]


def _last_hour(provider: Provider, now: datetime) -> float | None:
    updated = Count("pk", filter=Q(last_synced_at__gt=now - HOUR))
    found = provider.users.filter(_followed()).aggregate(users=Count("pk"), updated=updated)
    if not (provider.reads and found["users"]):
        return None
    return float(found["updated"] / found["users"])


@dataclass(frozen=True, slots=True)
class Delay:
    """Of `wishes`, half were through within `median` seconds, 95 % within `p95`.

    Both are the end of a bucket, which is a factor of √2 wide: never below the truth, at most 41 % above it."""

    median: float
    p95: float
    wishes: int


def delays(provider: Provider, now: datetime) -> dict[str, Delay]:
    """By stage, of the 24 hours of the clock that end with the one under way. A stage without a wish is missing."""
    counts: dict[str, Counter[int]] = {stage: Counter() for stage in STAGES}
    for row in provider.hours.filter(hour__gt=hour_of(now) - DAY):
        for stage, kept in row.delays.items():
            counts[stage].update({int(bucket): number for bucket, number in kept.items()})
    return {stage: delay(counted) for stage, counted in counts.items() if counted}


def delay(counts: Counter[int]) -> Delay:
    return Delay(_within(counts, 0.5), _within(counts, 0.95), counts.total())


def _within(counts: Counter[int], share: float) -> float:
    left = share * counts.total()
    for bucket in sorted(counts):
        left -= counts[bucket]
        if left <= 0:
            break
    return end_of(bucket)
