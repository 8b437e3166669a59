"""The second loop: make One X hold what our rows say (design 5, robustness 1).

A row whose `version` is above its `delivered_version` is waiting. One X takes a change by key and version, so sending
it again, late or twice does no harm; what was *sent* is what is noted as delivered, never what is current.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from . import history
from .core.plan import Clear, Set
from .core.ports import Applied, Pbx, PortError, Rejected, Stale
from .faultpoints import fault_point
from .lease import Lease
from .models import Provider, SyncedBooking
from .pacing import backoff
from .rows import GONE

AT_MOST = 500  # changes in a call: onex.md
REFUSED_AGAIN = timedelta(hours=24)
TROUBLE_AGAIN = timedelta(minutes=10)
# Rejections that mean our copy of the extension is old.
EXTENSION_CHANGED = {"unknown_extension", "no_diversion_service"}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One change that One X has taken."""

    row: SyncedBooking
    cleared: bool


@dataclass(slots=True)
class Sent:
    """What a delivery came to. `refused`: codes by user id; `unavailable`: why One X could not be reached, or ''."""

    delivered: list[Delivery] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    unavailable: str = ""
    extensions_changed: bool = False


def deliver(lease: Lease, pbx: Pbx, now: datetime) -> Sent:
    """Send what waits for the users of a lease, in batches, until nothing is due or One X is away."""
    sent = Sent()
    provider = Provider.objects.get(pk=lease.provider_id)
    while not sent.unavailable:
        batch = _next_batch(lease, provider, now)
        if not batch:
            break
        _send(lease, pbx, batch, sent)
    return sent


def _next_batch(lease: Lease, provider: Provider, now: datetime) -> list[SyncedBooking]:
    """Rows to send, with the attempt noted: withdrawals first, then by start. The lease is renewed, so it outlasts
    the call."""
    with transaction.atomic():
        held = lease.renew()
        waiting = SyncedBooking.objects.pending().filter(synced_user__in=held, next_attempt_at__lte=now)
        if provider.trouble:  # nothing new while Microsoft refuses us; what must go may go
            waiting.filter(withdrawn=False).update(next_attempt_at=now + TROUBLE_AGAIN)
        rows = list(waiting.select_related("synced_user").order_by("-withdrawn", "starts_at", "pk")[:AT_MOST])
        rows = _without_ended(rows, timezone.now())
        SyncedBooking.objects.filter(pk__in=[row.pk for row in rows]).update(attempted_version=F("version"))
        fault_point("deliver.before_noting_commit")
    fault_point("deliver.noted")
    return rows


def _without_ended(rows: list[SyncedBooking], now: datetime) -> list[SyncedBooking]:
    """A booking that ended while it waited is not set any more. One X may hold an older version of it, which may
    last longer: that is cleared."""
    kept = []
    for row in rows:
        if row.withdrawn or row.ends_at > now:
            kept.append(row)
        elif row.attempted_version == 0:
            row.delete()
        else:
            row.withdraw(row.version + 1, now, GONE)
            row.save()
            kept.append(row)
    return kept


def _send(lease: Lease, pbx: Pbx, rows: list[SyncedBooking], sent: Sent) -> None:
    try:
        answers: Sequence[object] = pbx.apply([_change(row) for row in rows])
    except PortError as error:
        answers = [error] * len(rows)
        sent.unavailable = error.code
    fault_point("deliver.answered")
    with transaction.atomic():
        _note(rows, answers, sent)
        fault_point("deliver.before_commit")
    fault_point("deliver.committed")


def _change(row: SyncedBooking) -> Set | Clear:
    if row.withdrawn:
        return Clear(row.key, row.extension, row.version)
    return Set(row.key, row.extension, row.version, row.absence)


def _note(rows: list[SyncedBooking], answers: Sequence[object], sent: Sent) -> None:
    applied: list[SyncedBooking] = []
    for row, answer in zip(rows, answers, strict=True):
        match answer:
            case Applied():
                applied.append(row)
            case Stale(held_version):
                _renumber(row, held_version)
            case Rejected(code):
                _refuse(row, code, sent)
            case PortError():
                _postpone(row, answer)
    _tell(rows, answers)
    _note_applied(applied)
    sent.delivered += [Delivery(row, row.withdrawn) for row in applied]


def _tell(rows: list[SyncedBooking], answers: Sequence[object]) -> None:
    answered = list(zip(rows, answers, strict=True))
    refused = [(row, answer.code) for row, answer in answered if isinstance(answer, Rejected)]
    waiting = [(row, answer.code) for row, answer in answered if isinstance(answer, PortError)]
    history.write(history.of_answers(refused, waiting), timezone.now())


def _note_applied(rows: list[SyncedBooking]) -> None:
    """Raise to the version that was sent: the row may have been changed by a later holder of the lease."""
    cleared = [row for row in rows if row.withdrawn]
    for row in cleared:
        SyncedBooking.objects.filter(pk=row.pk, version=row.version, withdrawn=True).delete()
    for row in rows:
        row.delivered_version = Greatest(F("delivered_version"), row.version)
        row.attempts, row.trouble, row.blocked = 0, "", False
    SyncedBooking.objects.bulk_update(
        rows, ["delivered_version", "attempts", "trouble", "blocked"], batch_size=200
    )


def _renumber(row: SyncedBooking, held_version: int) -> None:
    """One X has seen a higher version of this key. If ours is still the current one, our numbers are behind (a
    database restored from a backup) and we go on above its; otherwise a newer change is on its way already."""
    # At once the first time; a One X that goes on like this is not to be hammered.
    wait = backoff(row.attempts) if row.attempts else timedelta(0)
    SyncedBooking.objects.filter(pk=row.pk, version=row.version).update(
        version=max(held_version, row.version) + 1,
        attempts=F("attempts") + 1,
        next_attempt_at=timezone.now() + wait,
    )
    SyncedBooking.objects.filter(pk=row.pk).update(
        delivered_version=Greatest(F("delivered_version"), row.version)
    )


def _refuse(row: SyncedBooking, code: str, sent: Sent) -> None:
    """Shown, and not sent again until the booking changes or a day has passed."""
    sent.refused[row.synced_user_id] = code
    sent.extensions_changed |= code in EXTENSION_CHANGED
    SyncedBooking.objects.filter(pk=row.pk, version=row.version).update(
        blocked=True,
        trouble=code,
        attempts=F("attempts") + 1,
        next_attempt_at=timezone.now() + REFUSED_AGAIN,
    )


def _postpone(row: SyncedBooking, error: PortError) -> None:
    """Whether it was applied is unknown: the same version goes again. Being told to wait is not an attempt."""
    retry_after = getattr(error, "retry_after", None)
    attempts = row.attempts if retry_after else row.attempts + 1
    SyncedBooking.objects.filter(pk=row.pk, version=row.version).update(
        attempts=min(attempts, 1000),
        trouble=error.code,
        next_attempt_at=timezone.now() + backoff(attempts, retry_after),
    )
