"""The first loop: make our rows say what One X should hold (design 5, robustness 1).

    claim → read every calendar (outside any transaction) → store (one transaction: lock, check, plan, write)

A pass always looks at the whole window. Only a complete reading withdraws; an error leaves the rows as they are.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from . import history, pacing
from .core.plan import Clear, Set
from .core.ports import PortError, Reading, Refused, Unavailable
from .faultpoints import fault_point
from .lease import Lease
from .models import Provider, Subscription, SyncedBooking, SyncedUser, UserEvent
from .picture import NOTHING, UNKNOWN, Picture, picture_of, planned, tally, untitled
from .reading import Result, read
from .rows import GONE, STOPPED, Rows
from .suspicion import Suspicion

log = logging.getLogger(__name__)

# What a pass writes on a user. The lease and the wishes are not among it.
SETTLED = [
    "read_seq",
    "requested_at",
    "read_due_at",
    "not_before",
    "recent_reads",
    "recent_since",
    "failures",
    "trouble",
    "trouble_since",
    "suspect_since",
    "emptied_at",
    "kept_since",
    "tally",
]


@dataclass(slots=True)
class Stored:
    """What a pass came to: ids of users read whole, codes of those that failed, number of booking rows written."""

    read: set[int] = field(default_factory=set)
    failed: dict[int, str] = field(default_factory=dict)
    changed: int = 0


def sync(lease: Lease, now: datetime) -> Stored:
    """One pass over the users of a lease: read those that are due, then store what follows, for all of them."""
    provider = Provider.objects.select_related("company").get(pk=lease.provider_id)
    fault_point("sync.claimed")
    results = _read(lease, provider, now)
    fault_point("sync.read")
    stored = _store(lease, provider, results, now)
    fault_point("sync.stored")
    return stored


def _read(lease: Lease, provider: Provider, now: datetime) -> dict[int, Result]:
    """Read those whose reading is due, and keep which mailbox is whose."""
    due = [user for user in lease.users if user.follows and user.reading_due(now)] if provider.reads else []
    unknown = [user for user in due if not user.mailbox_id]
    results = read(provider, due, now, lease.renew)
    _keep_mailboxes(lease, {user.pk: user for user in unknown if user.mailbox_id})
    return results


def _keep_mailboxes(lease: Lease, found: Mapping[int, SyncedUser]) -> None:
    """Not for who was removed meanwhile: nothing of theirs may come back."""
    with transaction.atomic():
        rows = list(lease.rows().filter(pk__in=found, state=SyncedUser.State.ACTIVE).locked())
        for row in rows:
            row.mailbox_id, row.addresses = found[row.pk].mailbox_id, found[row.pk].addresses
        SyncedUser.objects.bulk_update(rows, ["mailbox_id", "addresses"])


def _store(lease: Lease, before: Provider, results: Mapping[int, Result], now: datetime) -> Stored:
    with transaction.atomic():
        provider = Provider.objects.select_related("company").prefetch_related("rules").get(pk=before.pk)
        if provider.settings_stamp != before.settings_stamp:
            results = {}  # read under settings that no longer hold; the change has made a new wish
        _note_refusal(provider, results, now)
        one_pass = _Pass(lease, provider, results, now)
        one_pass.run()
        fault_point("sync.before_commit")
    return one_pass.stored


class _Pass:
    """The transaction of one chunk: its users locked, their rows loaded, everything written in bulk at the end."""

    def __init__(
        self, lease: Lease, provider: Provider, results: Mapping[int, Result], now: datetime
    ) -> None:
        self.provider, self.results, self.now = provider, results, now
        # With the wishes as they were before the reading.
        self.claimed = {user.pk: user for user in lease.users}
        self.users = list(lease.rows().locked().prefetch_related("own_rules").order_by("pk"))
        self.before = {user.pk: {name: getattr(user, name) for name in SETTLED} for user in self.users}
        self.held = _rows_of(self.users)
        self.subscribed = subscribed(self.users, now)
        self.suspicion = Suspicion(provider, now)
        self.rows = Rows(now)
        self.events: list[UserEvent] = []
        self.stored = Stored()

    def run(self) -> None:
        for user in self.users:
            try:
                self._user(user, self.results.get(user.pk))
            except Exception:  # one person's strange data must not stop the others of the chunk
                log.exception("user %s could not be planned", user.pk)
                self._failed(user, Unavailable("internal"))
        self.rows.write()
        self._tell()
        # Only the columns that changed for somebody: most of a quiet chunk's time would go into the others.
        columns = [
            name for name in SETTLED if any(getattr(u, name) != self.before[u.pk][name] for u in self.users)
        ]
        if columns:
            SyncedUser.objects.bulk_update(self.users, columns)
        self.stored.changed = self.rows.changed

    def _tell(self) -> None:
        for user in self.users:
            self.events += history.of_trouble(user, self.before[user.pk])
        history.write(self.events, timezone.now(), history.asked_at(self.claimed.values()))

    def _user(self, user: SyncedUser, result: Result | None) -> None:
        held, picture = self.held[user.pk], picture_of(user, self.provider, result, self.now)
        changes = planned(user, picture, held, self.now)
        read = isinstance(result, Reading) and picture is not NOTHING
        if read and user.kept_since:
            changes = self.suspicion.without_kept(user, held, changes, picture.items)
        withheld = read and not user.kept_since and self._withheld(user, held, changes, picture)
        if withheld:
            changes, picture = [], UNKNOWN
        if self.provider.all_private:
            changes += untitled(held, changes, self.now)
        self._take(user, held, changes, picture)
        if withheld:
            pacing.doubted(user, self.claimed[user.pk].requested_seq, self.now)
        else:
            self._settle(user, result, picture)

    def _take(
        self, user: SyncedUser, held: list[SyncedBooking], changes: list[Set | Clear], picture: Picture
    ) -> None:
        if not changes:
            return
        before, otherwise = history.shown(held), STOPPED if picture is NOTHING else GONE
        self.rows.take(user, held, changes, picture.because, otherwise)
        because = {item: why.value for item, why in picture.because.items()}
        self.events += history.of_bookings(user, before, held, changes, because, otherwise)

    def _withheld(
        self, user: SyncedUser, held: list[SyncedBooking], changes: list[Set | Clear], picture: Picture
    ) -> bool:
        claimed = self.claimed[user.pk]
        if claimed.read_seq < claimed.asked_seq:
            user.suspect_since = None  # what is believed now is no second look at something later
            return False
        return self.suspicion.withholds(user, held, changes, picture.items)

    def _settle(self, user: SyncedUser, result: Result | None, picture: Picture) -> None:
        noted, subscribed = self.claimed[user.pk].requested_seq, user.pk in self.subscribed
        if isinstance(result, PortError):
            self._failed(user, result)
        elif picture is NOTHING:
            pacing.rested(user, noted, self.now)
        elif result is None:
            return
        elif result.unreadable:
            # What could be read counts; what could not keeps its rows, and the reading is not called complete.
            self.stored.failed[user.pk] = pacing.UNREADABLE
            pacing.partly(user, noted, subscribed, self.now)
        else:
            self.stored.read.add(user.pk)
            user.tally = tally(result, picture)
            pacing.succeeded(user, noted, subscribed, self.now)

    def _failed(self, user: SyncedUser, error: PortError) -> None:
        self.stored.failed[user.pk] = error.code
        pacing.failed(user, error, self.claimed[user.pk].requested_seq, self.now)


def subscribed(users: list[SyncedUser], now: datetime) -> set[int]:
    """Ids of those for whom Microsoft knocks."""
    live = Subscription.objects.filter(synced_user__in=users, expires_at__gt=now).exclude(remote_id="")
    return {pk for pk in live.values_list("synced_user_id", flat=True) if pk is not None}


def _rows_of(users: list[SyncedUser]) -> dict[int, list[SyncedBooking]]:
    rows: dict[int, list[SyncedBooking]] = {user.pk: [] for user in users}
    for row in SyncedBooking.objects.filter(synced_user__in=users).order_by("pk"):
        rows[row.synced_user_id].append(row)
    return rows


def _note_refusal(provider: Provider, results: Mapping[int, Result], now: datetime) -> None:
    """A refusal is the provider's trouble; any reading that works ends it."""
    refusals = [result.code for result in results.values() if isinstance(result, Refused)]
    if any(isinstance(result, Reading) for result in results.values()):
        trouble, since = "", None
    elif refusals:
        trouble, since = refusals[0], provider.trouble_since or now
    else:
        return
    if (provider.trouble, provider.trouble_since) != (trouble, since):
        provider.trouble, provider.trouble_since = trouble, since
        provider.save(update_fields=["trouble", "trouble_since"])
