"""Which message an incident is due for, and that it goes out once (interface 4.11; the words are in letters.py).

    that it stands still ─▶ before the grace time ends ─▶ that it has ended ─▶ that it is well again; a reminder a day

One conditional UPDATE claims the sending before it. A mail server that is away has the message later, and only the
latest: what has been overtaken meanwhile is not sent.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from . import letters
from .faultpoints import fault_point
from .models import Incident

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=15)  # before something that may pass is an incident, or told, or over for good
# Before what One X holds is withdrawn; a sixth of the grace time, if that is less.
WARNING = timedelta(hours=4)
REMINDER = timedelta(hours=24)
TAKEN_OVER = timedelta(minutes=10)  # from somebody who began to tell and never ended
MAIL_AGAIN, MAIL_AGAIN_MOST = timedelta(minutes=1), timedelta(hours=1)
# Troubles that operations must mend, and no customer can: logged, never told.
OURS = frozenset({"our_credentials", "onex_token", "unknown_customer", "internal"})

Kind = Incident.Kind
Told = Incident.Told


def tell(now: datetime) -> None:
    """Send what is due. Each incident alone: what a mail server makes of one is nothing to the others."""
    for incident, told in _untold(now):
        fault_point("telling.found")
        worth = _worth_telling(incident, told)
        if _claimed(incident, told, now):
            _send(incident, told, now, worth)


def _untold(now: datetime) -> Iterator[tuple[Incident, Told]]:
    """Incidents of which something is to be told now, and what. A reminder says what was said last."""
    begun = Q(told__gt=Told.NOTHING) | Q(telling__gt=Told.NOTHING)
    over = Q(closed_at__lte=now - PATIENCE, told__lt=Told.WELL) & begun
    wanted = over | Q(closed_at=None) & ~Q(code__in=OURS)
    free = Incident.objects.filter(wanted, _free(now)).select_related("provider__company")
    for incident in free.order_by("since", "pk"):
        if (told := _to_tell(incident, now)) is not None:
            yield incident, told


def _free(now: datetime) -> Q:
    return Q(mail_at=None) | Q(mail_at__lte=now)


def _to_tell(incident: Incident, now: datetime) -> Told | None:
    reached = Told.WELL if incident.closed_at else _reached(incident, now)
    if reached > incident.told:
        return reached
    reminded = incident.told and incident.told_at and incident.told_at <= now - REMINDER
    return Told(incident.told) if reminded else None


def _reached(incident: Incident, now: datetime) -> Told:
    """How far an open incident has come. A refusal is told at once, because it does not pass by itself."""
    if incident.kind != Kind.REFUSED:
        return Told.BROKEN if incident.since <= now - PATIENCE else Told.NOTHING
    if now >= incident.withdrawn_at:
        return Told.WITHDRAWN
    warning = min(WARNING, (incident.withdrawn_at - incident.since) / 6)
    return Told.WARNED if now >= incident.withdrawn_at - warning else Told.BROKEN


def _claimed(incident: Incident, told: Told, now: datetime) -> bool:
    """Whether it is ours to tell. Who dies while telling is taken over; who has the message already is left out."""
    if incident.telling != told:
        incident.told_to = []
    unchanged = {name: getattr(incident, name) for name in ("pk", "told", "told_at", "closed_at")}
    mine = Incident.objects.filter(_free(now), **unchanged)
    return mine.update(telling=told, told_to=incident.told_to, mail_at=now + TAKEN_OVER) == 1


def _send(incident: Incident, told: Told, now: datetime, worth: bool) -> None:
    # What has turned into something else meanwhile is told anew.
    row = Incident.objects.filter(pk=incident.pk, kind=incident.kind, since=incident.since)
    try:
        for pk in letters.send(incident, told, now) if worth else ():
            incident.told_to.append(pk)
            row.update(told_to=incident.told_to)
    except Exception as error:  # whatever a mail server, or the way to it, can come up with
        log.warning("incident %s could not be told: %s", incident.pk, type(error).__name__)
        failures = min(incident.mail_failures + 1, 10)
        again = min(MAIL_AGAIN_MOST, MAIL_AGAIN * 2**failures)
        row.update(mail_failures=failures, mail_at=now + again)
    else:
        row.update(told=told, told_at=now, telling=Told.NOTHING, told_to=[], mail_at=None, mail_failures=0)


def _worth_telling(incident: Incident, told: Told) -> bool:
    """No good news for those who never heard the bad, nor where the provider has been switched off meanwhile."""
    heard = incident.told or incident.told_to
    return told != Told.WELL or bool(heard and incident.provider.reads)
