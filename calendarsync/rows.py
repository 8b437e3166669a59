"""Writing what a plan says, for a whole chunk at once. An unchanged booking writes nothing."""

from datetime import datetime

from .core.plan import Clear, Set
from .core.rules import Because
from .models import SyncedBooking, SyncedUser

WANTED = [
    "series_id",
    "starts_at",
    "ends_at",
    "all_day",
    "reason",
    "forwarding",
    "priority",
    "title",
    "returns_at",
    "payload_hash",
    "because",
    "withdrawn",
    "version",
    "attempts",
    "next_attempt_at",
    "blocked",
    "trouble",
]


# Why a booking is withdrawn where no rule decided it. GONE: deleted, moved out of reach or made private; from
# outside the last must look like the others. STOPPED: nobody follows this person any more.
GONE, STOPPED, EXPIRED = "gone", "stopped", "expired"


class Rows:
    """Collects changes of bookings, then writes them: few statements, whatever the number of people."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.made: list[SyncedBooking] = []
        self.updated: list[SyncedBooking] = []
        self.erased: list[int] = []

    @property
    def changed(self) -> int:
        return len(self.made) + len(self.updated) + len(self.erased)

    def take(
        self,
        user: SyncedUser,
        rows: list[SyncedBooking],
        changes: list[Set | Clear],
        because: dict[str, Because],
        otherwise: str = GONE,
    ) -> None:
        """`because`: what decided, by item id, where that is known; `otherwise`: why the rest is withdrawn."""
        by_key = {row.key: row for row in rows}
        for change in changes:
            row = by_key.get(change.key)
            if isinstance(change, Set):
                self._want(user, row, change, because.get(change.absence.item_id))
            elif row is not None:
                self._withdraw(row, change.version, because.get(row.item_id), otherwise)

    def write(self) -> None:
        if self.erased:
            SyncedBooking.objects.filter(pk__in=self.erased).delete()
        # Withdrawals first: of two rows of one booking never both stand, not even in between.
        for rows in ([r for r in self.updated if r.withdrawn], [r for r in self.updated if not r.withdrawn]):
            SyncedBooking.objects.bulk_update(rows, WANTED, batch_size=200)
        if self.made:
            SyncedBooking.objects.bulk_create(self.made, batch_size=500)

    def _want(
        self, user: SyncedUser, row: SyncedBooking | None, change: Set, because: Because | None
    ) -> None:
        known = row or SyncedBooking(
            company_id=user.company_id,
            synced_user=user,
            extension=change.extension,
            key=change.key,
            item_id=change.absence.item_id,
        )
        known.want(change.absence, change.version, because.value if because else known.because, self.now)
        (self.updated if row else self.made).append(known)

    def _withdraw(self, row: SyncedBooking, version: int, because: Because | None, otherwise: str) -> None:
        if row.attempted_version == 0:  # One X has never been told: nothing to clear
            self.erased.append(row.pk)
            return
        why = otherwise if because in (None, Because.PRIVATE) else because.value
        row.withdraw(version, self.now, EXPIRED if why == GONE and row.ends_at <= self.now else why)
        self.updated.append(row)
