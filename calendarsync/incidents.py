"""When a provider does not synchronise: from when to when, and who is told what (interface 4.11).

    a turn ─▶ note: all attempts on one side failed, or one worked
    every second, or minute ─▶ look: open, change, close ─▶ telling.py

One open incident a provider. One that is over is gone on with when it comes back within 15 minutes, so what comes and
goes is told once. Every change is one conditional UPDATE: any number of workers may look.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from . import telling
from .deliver import Sent
from .history import PASSING
from .models import Incident, Provider, Standstill, SyncedBooking, SyncedUser
from .sync import Stored
from .telling import OURS, PATIENCE

log = logging.getLogger(__name__)

ANOTHER_TRY = timedelta(minutes=5)  # until somebody else is read, who may fare better
ENOUGH_TRIED = 3

Kind = Incident.Kind
Told = Incident.Told
Side = Standstill.Side


# What a turn noticed


def note(provider_id: int, stored: Stored, sent: Sent, now: datetime) -> None:
    """Begins a standstill where every attempt of a turn failed, and ends it where one worked; in a transaction.

    One look at a short table; nothing is written while nothing turns."""
    kept = {each.side: each for each in Standstill.objects.filter(provider=provider_id).order_by("side")}
    for side, code in ((Side.CALENDAR, _reading(stored)), (Side.ONEX, _telling(sent))):
        if code and side not in kept:
            begun = Standstill(provider_id=provider_id, side=side, code=code, since=now)
            Standstill.objects.bulk_create([begun], ignore_conflicts=True)
        elif code == "" and side in kept:
            kept[side].delete()


def _reading(stored: Stored) -> str | None:
    """The code of what failed; '' where Microsoft answered, be it that a mailbox is missing; None: nobody asked it."""
    codes = set(stored.failed.values())
    if stored.read or codes - PASSING:
        return ""
    return min(codes, key=lambda code: (code in OURS, code), default=None)


def _telling(sent: Sent) -> str | None:
    if sent.delivered or sent.refused:
        return ""
    return sent.unavailable or None


# What is wrong


class Cause(NamedTuple):
    kind: str
    code: str
    since: datetime


def look(now: datetime) -> None:
    """Open, change and close incidents, and tell the administrators. Run often, by any number of workers."""
    for provider in _concerned():
        _turn(provider, _cause(provider, now), now)
    telling.tell(now)


def _turn(provider: Provider, cause: Cause | None, now: datetime) -> None:
    incident = provider.incidents.filter(closed_at=None).first()
    if incident is None and cause:
        _open(provider, cause, now)
    elif incident and cause:
        _go_on(incident, cause)
    elif incident:
        _close(incident, provider, now)


def _concerned() -> QuerySet[Provider]:
    of_provider = {"provider": OuterRef("pk")}
    standing_still = Exists(Standstill.objects.filter(**of_provider))
    open_already = Exists(Incident.objects.filter(closed_at=None, **of_provider))
    wrong = ~Q(trouble="") | Q(braked_at__isnull=False) | standing_still | open_already
    return Provider.objects.filter(wrong).select_related("company").order_by("pk")


def _cause(provider: Provider, now: datetime) -> Cause | None:
    """The gravest: what somebody must mend or decide, then what has stood still too long."""
    if not provider.reads:
        return None
    if provider.trouble and provider.trouble_since:
        return Cause(Kind.REFUSED, provider.trouble, provider.trouble_since)
    if provider.braked_at:
        return Cause(Kind.BRAKED, "", provider.braked_at)
    lasting = [each for each in _standstills(provider, now) if each.since <= now - PATIENCE]
    found = min(lasting, key=lambda each: each.since, default=None)
    return Cause(Kind(found.side), found.code, found.since) if found else None


def _standstills(provider: Provider, now: datetime) -> Iterator[Standstill]:
    """Those that still have somebody who waits. Where readings fail, others are tried before it is believed."""
    for standstill in provider.standstills.all():
        calendar = standstill.side == Side.CALENDAR
        if not (_unread(provider).exists() if calendar else _unsent(provider).exists()):
            standstill.delete()
            continue
        if calendar and standstill.since <= now - ANOTHER_TRY:
            _try_another(provider, now)
        yield standstill


def _followed(provider: Provider) -> QuerySet[SyncedUser]:
    return provider.users.filter(active=True, state=SyncedUser.State.ACTIVE)


def _unread(provider: Provider) -> QuerySet[SyncedUser]:
    return _followed(provider).filter(trouble__in=PASSING)


def _unsent(provider: Provider) -> QuerySet[SyncedBooking]:
    return SyncedBooking.objects.pending().filter(
        ~Q(trouble=""), synced_user__provider=provider, blocked=False
    )


def _try_another(provider: Provider, now: datetime) -> None:
    """One mailbox that fails is not a provider that does: the one who waits longest for a reading has theirs now."""
    if _unread(provider)[:ENOUGH_TRIED].count() == ENOUGH_TRIED:
        return
    sound = _followed(provider).filter(trouble="")
    if sound.filter(read_seq__lt=F("requested_seq")).exists():
        return  # somebody is about to be read as it is
    longest = sound.order_by(F("last_synced_at").asc(nulls_first=True), "pk").first()
    if longest:
        SyncedUser.objects.filter(pk=longest.pk).wish(now, asked=False)


# Turning


def _open(provider: Provider, cause: Cause, now: datetime) -> None:
    """Somebody else may be as quick: then the unique constraint keeps one."""
    try:
        with transaction.atomic():
            if not _again(provider, cause, now):
                Incident.objects.create(provider=provider, **cause._asdict())
                log.log(
                    logging.ERROR if cause.code in OURS else logging.WARNING,
                    "provider %s does not synchronise: %s %s",
                    provider.pk,
                    *cause[:2],
                )
    except IntegrityError:
        pass


def _again(provider: Provider, cause: Cause, now: datetime) -> bool:
    """Whether the last incident goes on: it was over for a short while only, and its end is not told."""
    over = provider.incidents.filter(closed_at__gt=now - PATIENCE, told__lt=Told.WELL)
    last = over.order_by("-closed_at", "-pk").first()
    if last is None:
        return False
    incident = Incident.objects.filter(pk=last.pk, closed_at=last.closed_at)
    if not incident.update(closed_at=None):
        return False
    _go_on(last, cause)
    return True


def _go_on(incident: Incident, cause: Cause) -> None:
    """What nobody could do anything about has become something that somebody must mend: that is told anew."""
    changes: dict[str, object] = {"kind": cause.kind, "code": cause.code}
    if cause.kind in (Kind.REFUSED, Kind.BRAKED) and incident.kind != cause.kind:
        changes |= {"since": cause.since, "told": Told.NOTHING, "mail_at": None}
    elif cause.kind == Kind.REFUSED and incident.since != cause.since:  # the grace time has begun anew
        changes |= {"since": cause.since, "told": min(incident.told, Told.BROKEN)}
    if any(getattr(incident, name) != value for name, value in changes.items()):
        as_seen = {name: getattr(incident, name) for name in ("pk", "kind", "code", "since")}
        Incident.objects.filter(**as_seen).update(**changes)


def _close(incident: Incident, provider: Provider, now: datetime) -> None:
    """One that ends because the provider was switched off is no good news: nothing more is told."""
    changes: dict[str, object] = {"closed_at": now}
    if not provider.reads:
        changes["told"] = Told.WELL
    Incident.objects.filter(pk=incident.pk, closed_at=None).update(**changes)
