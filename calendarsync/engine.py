"""One turn of both loops for a chunk of users.

    due providers ─▶ claim a chunk ─▶ sync ─▶ deliver ─▶ release

Providers take turns, so that one with 10,000 changes does not delay one with 3.
"""

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, Min, OuterRef
from django.utils import timezone

from . import connect, extensions, figures, incidents, lease
from .core.ports import PortError
from .deliver import Delivery, Sent, deliver
from .faultpoints import fault_point
from .lease import Lease
from .models import SyncedBooking, SyncedUser
from .sync import Stored, sync

log = logging.getLogger(__name__)

CHUNK = 20  # the parts of a Graph $batch
CHUNK_AFTER_KNOCKS = 4  # Outlook runs four at once: more would make the first wait for the last


@dataclass(slots=True)
class Turn:
    """What one chunk came to, with the users as they were when claimed."""

    users: list[SyncedUser] = field(default_factory=list)
    stored: Stored = field(default_factory=Stored)
    sent: Sent = field(default_factory=Sent)

    def asked_at(self, delivery: Delivery) -> datetime | None:
        """When the first wish was made that this turn served; None where nobody asked."""
        return next((u.requested_at for u in self.users if u.pk == delivery.row.synced_user_id), None)


def due_providers(now: datetime, only: Collection[int] | None = None) -> list[int]:
    """Ids of providers with users to look at, the longest waiting first."""
    users = lease.due(now)
    if only is not None:
        users = users.filter(pk__in=only)
    waiting = users.values("provider").annotate(since=Min("due_at")).order_by("since")
    return [row["provider"] for row in waiting]


def turn(provider_id: int, now: datetime, only: Collection[int] | None = None) -> Turn | None:
    """Claim a chunk of one provider's due users and do all that is due for them. None: somebody else did."""
    held = lease.claim(provider_id, now, _size(provider_id, now), only)
    if held is None:
        return None
    fault_point("turn.claimed")
    try:
        return _work(held, now)
    except Exception:  # an answer nobody foresaw, a deadlock, a database that went away
        log.exception("a turn of provider %s failed", provider_id)
        lease.let_go(held, timezone.now())
        return Turn(held.users, Stored(failed={user.pk: "internal" for user in held.users}))


def _work(held: Lease, now: datetime) -> Turn:
    stored = sync(held, now)
    stored_at = timezone.now()
    sent = _deliver(held)
    _mark(held, stored, stored_at, sent)
    fault_point("turn.before_release")
    lease.release(held, timezone.now())
    return Turn(held.users, stored, sent)


def turns(only: Collection[int] | None = None) -> Iterator[Turn]:
    """Turn after turn until nothing is due that is free."""
    worked = True
    while worked:
        worked, now = False, timezone.now()
        for provider in due_providers(now, only):
            if done := turn(provider, now, only):
                worked = True
                yield done


def run(only: Collection[int] | None = None) -> list[Turn]:
    """All of them at once, for who has few to do."""
    return list(turns(only))


def _size(provider_id: int, now: datetime) -> int:
    waiting = lease.due(now).filter(provider=provider_id)
    return CHUNK if waiting[:CHUNK].count() == CHUNK else CHUNK_AFTER_KNOCKS


def _deliver(held: Lease) -> Sent:
    """Most turns have nothing to send, and then One X is not even looked up."""
    now = timezone.now()
    waiting = SyncedBooking.objects.pending().filter(
        synced_user__lease_token=held.token, next_attempt_at__lte=now
    )
    if not waiting.exists():
        return Sent()
    company = held.users[0].company
    pbx = connect.pbx(company)
    sent = deliver(held, pbx, now)
    if sent.extensions_changed:
        try:
            extensions.refresh(company, pbx, now)
        except PortError as error:  # asked again at night, or with the next refusal
            log.warning("extensions of company %s not listed: %s", company.pk, error)
    return sent


def _mark(held: Lease, stored: Stored, stored_at: datetime, sent: Sent) -> None:
    """What a turn came to, for those who look at it later: of each user, of the hour, of what stands still."""
    now = timezone.now()
    delivered = {(each.row.key, each.row.version) for each in sent.delivered}
    with transaction.atomic():
        synced = _mark_synced(held, stored, sent, now)
        incidents.note(held.provider_id, stored, sent, now)
        if stored.read or stored.failed or delivered:
            updated = figures.new_this_hour(held.users, synced, now)
            delays = figures.delays_of(held.users, stored.read, stored_at, delivered, now)
            figures.count(held.provider_id, updated, delays, now)


def _mark_synced(held: Lease, stored: Stored, sent: Sent, now: datetime) -> set[int]:
    """*Senaste uppdatering*: Outlook was read whole, and One X has confirmed everything. Answers whose it is."""
    done = stored.read | {each.row.synced_user_id for each in sent.delivered}
    waiting = SyncedBooking.objects.pending().filter(synced_user=OuterRef("pk"))
    whole = held.rows().filter(~Exists(waiting), pk__in=done, trouble="", active=True).locked()
    synced = set(whole.values_list("pk", flat=True))
    whole.update(last_synced_at=now)
    return synced
