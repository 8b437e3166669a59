"""What a health check knows before anybody outside is asked: whose mailbox to try, and what our own rows say."""

from dataclasses import dataclass
from datetime import datetime

from auditlog.models import LogEntry
from django.db.models import Count, F, Max, Min, Q

from .. import explain, subscriptions, userlist
from ..core.ports import MISSING, Mailbox
from ..models import Provider, SyncedUser
from . import overview, probes
from .overview import Overview

LOOK_UP = 5.0  # seconds for One X to say who has a typed address


class NotOursError(Exception):
    """Nobody in the company's One X has the address."""


@dataclass(frozen=True, slots=True)
class Tested:
    """Whose mailbox is tried: a user of the instance, or somebody else of the company with a One X subscription."""

    mailbox: Mailbox
    user: SyncedUser | None = None
    extension: str = ""


@dataclass(frozen=True, slots=True)
class Granted:
    """Subscriptions to changes: users who should have one and who do; the first of them ends at `until`."""

    wanted: int
    live: int
    until: datetime | None
    trouble: str


@dataclass(frozen=True, slots=True)
class Facts:
    """`untested`: why nobody's mailbox is tried, a code of `checkwords.SKIPPED`."""

    provider: Provider
    tested: Tested | None
    untested: str
    granted: Granted
    overview: Overview
    now: datetime


def whom(provider: Provider, address: str = "") -> Tested | None:
    """Who has the address; without one, a user of the instance. None: it has no users.

    Raises NotOursError, and PbxError where One X must be asked and does not answer."""
    users = provider.users.listed()
    if not address:
        latest = F("last_synced_at").desc(nulls_last=True)
        return _tested(users.order_by("-active", latest, "pk").first())
    if user := users.filter(email__iexact=address).first():
        return _tested(user)
    most = userlist.MOST_CANDIDATES
    found = probes.begun(lambda: userlist.found(provider.company, address, most))
    for each in probes.within(LOOK_UP, found):
        if (each.email or "").lower() == address.lower():
            return Tested(Mailbox("", address), extension=each.id)
    raise NotOursError(address)


def _tested(user: SyncedUser | None) -> Tested | None:
    return Tested(Mailbox(user.mailbox_id, user.email, tuple(user.addresses)), user) if user else None


def gather(
    provider: Provider, tested: Tested | None, actor: str, now: datetime, untested: str = "no_users"
) -> Facts:
    """Writes nothing but, for the audit, whose mailbox `actor` is about to try."""
    if tested:
        _audit(provider, tested, actor)
    return Facts(provider, tested, untested, _granted(provider, now), overview.of(provider, now), now)


def _audit(provider: Provider, tested: Tested, actor: str) -> None:
    if tested.user:
        explain.audit(tested.user, {"check": "test mailbox"}, actor)
        return
    LogEntry.objects.log_create(
        provider,
        force_log=True,
        action=LogEntry.Action.ACCESS,
        changes={"check": ["", f"test mailbox of extension {tested.extension}"]},
        additional_data={"by": actor},
    )


def _granted(provider: Provider, now: datetime) -> Granted:
    """A mailbox that is missing gets no subscription, and is told of elsewhere."""
    users = provider.users.filter(subscriptions.FOLLOWED).exclude(trouble__in=MISSING)
    live = Q(subscription__expires_at__gt=now) & ~Q(subscription__remote_id="")
    figures = users.aggregate(
        wanted=Count("pk"),
        live=Count("pk", filter=live),
        until=Min("subscription__expires_at", filter=live),
        trouble=Max("subscription__trouble"),
    )
    return Granted(figures["wanted"], figures["live"], figures["until"], figures["trouble"] or "")
