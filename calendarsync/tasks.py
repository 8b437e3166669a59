"""The engine of several machines: what `sync --watch` does on one, in messages (mss/celery.py).

Each task finds its rows and calls one function. Arguments are primary keys; a row that is gone is no work.
"""

import logging
import math
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from celery.signals import worker_process_init
from django.db.models import Min
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from accounts.models import Company
from mss.celery import LIST_EXTENSIONS_OF, SYNC_PROVIDER, TEND_PROVIDER, app, send

from . import connect, engine, lease, watch
from .models import Provider, SyncedUser

log = logging.getLogger(__name__)

BUSY = 60.0  # seconds of one message, then the others have theirs; far below the time limits
SOON = timedelta(seconds=15)  # what is due later is the dispatcher's


@worker_process_init.connect
def _forget(**kwargs: object) -> None:
    """Connections and tokens are not shared over a fork."""
    connect.forget()


# Synchronising


@app.task
def dispatch() -> None:
    """For what a lost message left, and for readings nobody asked for: every provider with somebody due."""
    send(SYNC_PROVIDER, engine.due_providers(timezone.now()))


@app.task
def sync_provider(pk: int, waited: bool = False) -> None:
    """Turns of one provider. What is left asks again behind the others; what is due soon asks to be woken then.

    `waited`: it was woken so. Without work it does not ask once more: a thousand knocks during a back-off would keep
    a thousand messages going round."""
    ended, new = _after(BUSY), False

    def report(turn: engine.Turn) -> None:
        nonlocal new
        new = new or any(user.last_synced_at is None for user in turn.users)
        log.info("provider %s: %d users, %d sent", pk, len(turn.users), len(turn.sent.delivered))

    turns = watch.take_turns(pk, ended, report)
    if turns == watch.TURNS or ended():
        send(SYNC_PROVIDER, [pk])
    elif (turns or not waited) and (seconds := _until_due(pk)):
        send(SYNC_PROVIDER, [pk], True, countdown=seconds)
    if new:  # now their mailboxes are known
        send(TEND_PROVIDER, [pk])


def _until_due(provider_id: int) -> int | None:
    """Whole seconds until somebody of a provider is to be looked at who is not now; None: not soon."""
    now = timezone.now()
    free = SyncedUser.objects.filter(lease.free(), provider=provider_id, due_at__lte=now + SOON)
    at = free.aggregate(at=Min(Greatest("due_at", Coalesce("not_before", "due_at"))))["at"]
    if at is None or at > now + SOON:
        return None
    return max(1, math.ceil(float((at - now).total_seconds())))


def _after(seconds: float) -> Callable[[], bool]:
    end = monotonic() + seconds
    return lambda: monotonic() > end


# Keeping house


@app.task
def tend() -> None:
    """Every provider's subscriptions."""
    send(TEND_PROVIDER, Provider.objects.order_by("pk").values_list("pk", flat=True))


@app.task
def tend_provider(pk: int) -> None:
    for provider in Provider.objects.select_related("company").filter(pk=pk):
        watch.tend(provider, timezone.now(), _after(BUSY))


@app.task
def do_chores() -> None:
    watch.do_chores(timezone.now())


@app.task
def list_extensions() -> None:
    """The nightly list of every company that is due for it."""
    send(LIST_EXTENSIONS_OF, watch.unlisted(timezone.now()).values_list("pk", flat=True))


@app.task
def list_extensions_of(pk: int) -> None:
    for company in Company.objects.filter(pk=pk):
        watch.list_extensions(company, timezone.now())
