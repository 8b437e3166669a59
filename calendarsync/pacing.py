"""When to look at a user again: after a success, after each kind of error, and between readings nobody asked for."""

import random
from datetime import datetime, timedelta

from django.conf import settings

from .core.ports import MISSING, Missing, PortError, Refused, Unavailable
from .models import SyncedUser

UNREADABLE = "unreadable_items"
BACKOFF_FIRST = timedelta(seconds=5)
BACKOFF_MOST = timedelta(minutes=15)
WITHOUT_SUBSCRIPTION = timedelta(minutes=5)
REFUSED_AGAIN = timedelta(minutes=10)
MISSING_AGAIN = timedelta(hours=1)
SUSPECT_AGAIN = timedelta(minutes=1)
RESTING_AGAIN = timedelta(days=1)
NEVER = timedelta(days=365)
BURST, BURST_TIME = 6, timedelta(seconds=10)
AFTER_BURST = timedelta(seconds=1)


def backoff(failures: int, retry_after: float | None = None) -> timedelta:
    """Full jitter: anything up to 5 s · 2^failures, at most 15 minutes; at least `retry_after` (seconds)."""
    most: timedelta = min(BACKOFF_MOST, BACKOFF_FIRST * 2 ** min(failures, 10))
    return max(most * random.random(), timedelta(seconds=retry_after or 0))  # noqa: S311


def interval(subscribed: bool) -> timedelta:
    """Until the next reading that no knock asked for, ± 10 % so that a company's users spread out."""
    if not settings.READ_INTERVAL:
        return NEVER
    usual = timedelta(minutes=settings.READ_INTERVAL)
    return (usual if subscribed else min(usual, WITHOUT_SUBSCRIPTION)) * random.uniform(0.9, 1.1)  # noqa: S311


def succeeded(user: SyncedUser, noted: int, subscribed: bool, now: datetime) -> None:
    """The calendar was read whole. `noted` is the wish as it was before the reading."""
    _answered(user, noted, now)
    user.read_due_at = now + interval(subscribed)
    user.failures, user.trouble, user.trouble_since = 0, "", None
    user.not_before = _debounce(user, now)


def failed(user: SyncedUser, error: PortError, noted: int, now: datetime) -> None:
    """The calendar was not read. What can pass by itself stays due; what somebody must mend was answered, and is
    tried again now and then."""
    _note(user, error, now)
    user.failures = min(user.failures + 1, 1000)
    if isinstance(error, Unavailable):
        user.not_before = now + backoff(user.failures, error.retry_after)
        return
    _answered(user, noted, now)
    user.read_due_at = now + _until_mended(error) * random.uniform(0.9, 1.1)  # noqa: S311


def partly(user: SyncedUser, noted: int, subscribed: bool, now: datetime) -> None:
    """Some bookings could not be read. The others count and arrive as they should; the rest is tried again soon."""
    succeeded(user, noted, subscribed, now)
    user.trouble, user.trouble_since = UNREADABLE, now
    if settings.READ_INTERVAL:
        user.read_due_at = now + WITHOUT_SUBSCRIPTION


def doubted(user: SyncedUser, noted: int, now: datetime) -> None:
    """What was read is not believed yet, and nobody had asked: the wish is served, the next look is in a minute."""
    _answered(user, noted, now)
    user.read_due_at = now + SUSPECT_AGAIN


def _answered(user: SyncedUser, noted: int, now: datetime) -> None:
    """The wishes up to `noted` are served; those made since wait from now on."""
    user.read_seq = noted
    user.requested_at = now if user.dirty else None


def _note(user: SyncedUser, error: PortError, now: datetime) -> None:
    """The grace time of a missing mailbox has one clock, which no passing trouble and no other word for it stops."""
    missing = user.trouble in MISSING
    if missing and isinstance(error, Unavailable):
        return
    if user.trouble != error.code and not (missing and isinstance(error, Missing)):
        user.trouble_since = now
    user.trouble = error.code


def _until_mended(error: PortError) -> timedelta:
    return REFUSED_AGAIN if isinstance(error, Refused) else MISSING_AGAIN


def _debounce(user: SyncedUser, now: datetime) -> datetime | None:
    """A calendar that knocks all the time is read 6 times as it comes, then once a second: a change still arrives
    within two, and a flood costs far less than Microsoft's 10,000 requests in 10 minutes."""
    if user.recent_since is None or now - user.recent_since > BURST_TIME:
        user.recent_since, user.recent_reads = now, 0
    user.recent_reads += 1
    return now + AFTER_BURST if user.recent_reads > BURST else None


def rested(user: SyncedUser, noted: int, now: datetime) -> None:
    """Nothing is read for this person at present; only what expires is looked for."""
    _answered(user, noted, now)
    user.read_due_at, user.not_before = now + RESTING_AGAIN, None
    user.suspect_since, user.failures = None, 0
    if user.state == user.State.ACTIVE:  # what stopped a blocked one is still to be told
        user.trouble, user.trouble_since = "", None
