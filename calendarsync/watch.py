"""The engine of one machine (`sync --watch`): looks three times a second, works in a few threads, keeps house.

Each provider is worked on by one thread at a time, so a slow tenant holds up nobody else. What there is to do is
below; workers on several machines do the same (tasks.py).
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from threading import Event

from django.db import close_old_connections
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import sessions
from accounts.models import Company

from . import connect, engine, erase, extensions, incidents, subscriptions
from .core.ports import PortError
from .models import Provider

log = logging.getLogger(__name__)

LOOK_AGAIN = 0.3  # seconds
WORKERS = 4
TURNS = 10  # of one provider in a row, then the others have theirs
UPKEEP_AGAIN = timedelta(seconds=1)
AFTER_FAILURE = timedelta(minutes=5)
EXTENSIONS_AGAIN = timedelta(hours=24)

Report = Callable[[engine.Turn], None]
Ended = Callable[[], bool]


def watch(stop: Event, report: Report) -> None:
    """Run until `stop` is set; what is under way is finished first. `report` is called after every turn."""
    watcher = _Watcher(stop, report)
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="sync") as pool:
        while not stop.wait(LOOK_AGAIN):
            watcher.look(pool)


class _Watcher:
    def __init__(self, stop: Event, report: Report) -> None:
        self.stop = stop
        self.report = report
        self.busy: dict[object, Future[None]] = {}
        self.upkeep_at = timezone.now()

    def look(self, pool: ThreadPoolExecutor) -> None:
        """Start what is due and not under way already."""
        self.busy = {what: job for what, job in self.busy.items() if not job.done()}
        try:
            due = engine.due_providers(timezone.now())
        except Exception:
            log.exception("cannot look for work")
            close_old_connections()
            return
        for provider in due:
            self._start(pool, provider, partial(self._turn, provider))
        if timezone.now() >= self.upkeep_at:
            self.upkeep_at = timezone.now() + UPKEEP_AGAIN
            self._start(pool, "upkeep", lambda: keep_house(timezone.now()))

    def _start(self, pool: ThreadPoolExecutor, what: object, job: Callable[[], None]) -> None:
        if what not in self.busy:
            self.busy[what] = pool.submit(_in_thread, job)

    def _turn(self, provider: int) -> None:
        take_turns(provider, self.stop.is_set, self.report)


def _in_thread(job: Callable[[], object]) -> None:
    try:
        _alone(job)
    finally:
        close_old_connections()


def _alone(job: Callable[[], object]) -> None:
    """The engine must outlive whatever happens: what failed is logged, and done again."""
    try:
        job()
    except Exception:
        log.exception("something failed that is tried again")


def take_turns(provider: int, ended: Ended, report: Report) -> int:
    """Turn after turn of one provider while something is due, TURNS at most; answers how many."""
    for taken in range(TURNS):
        done = None if ended() else engine.turn(provider, timezone.now())
        if done is None:
            return taken
        report(done)
    return TURNS


def keep_house(now: datetime) -> None:
    """What the loops do not do by themselves: subscriptions, expiry, erasure, the nightly list of extensions.

    Each alone: what one company's Microsoft or One X answers is nothing to the others."""
    for provider in Provider.objects.select_related("company"):
        _alone(partial(tend, provider, now))
    for company in unlisted(now):
        _alone(partial(list_extensions, company, now))
    do_chores(now)


def tend(provider: Provider, now: datetime, ended: Ended = lambda: False) -> None:
    """The subscriptions of one provider, chunk after chunk."""
    while not ended() and subscriptions.tend(provider, now):
        pass


def do_chores(now: datetime) -> None:
    """What is done for everybody at once."""
    _alone(partial(erase.expire, now))
    _alone(erase.finish)
    _alone(partial(incidents.look, now))
    _alone(partial(sessions.clear, now))


def unlisted(now: datetime) -> QuerySet[Company]:
    """Companies whose extensions were never listed, or not since yesterday."""
    return Company.objects.filter(Q(extensions_at=None) | Q(extensions_at__lt=now - EXTENSIONS_AGAIN))


def list_extensions(company: Company, now: datetime) -> None:
    """The nightly list of one company; where One X did not answer, again in five minutes."""
    listed_at = now
    try:
        extensions.refresh(company, connect.pbx(company), now)
    except PortError as error:
        log.warning("extensions of company %s not listed: %s", company.pk, error)
        listed_at = now - EXTENSIONS_AGAIN + AFTER_FAILURE
    Company.objects.filter(pk=company.pk).update(extensions_at=listed_at)
