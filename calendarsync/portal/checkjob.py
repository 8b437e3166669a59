"""A health check that nobody need wait for: one at a time for an instance, and its result kept for all to see."""

import logging
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

from ..models import Provider
from . import checkup, probes
from .checkfacts import Facts
from .checkup import Check, Status

log = logging.getLogger(__name__)

KEPT = 24 * 3600  # seconds
GIVEN_UP = timedelta(seconds=checkup.LONGEST + 10)  # the process that ran it has died


@dataclass(frozen=True, slots=True)
class Result:
    """`user`: id of whose mailbox is tried; None for an address that was typed, or nobody's. `ended`: all is known."""

    at: datetime
    user: int | None
    checks: tuple[Check, ...] = ()
    ended: bool = False

    @property
    def lost(self) -> bool:
        """It will never end."""
        return not self.ended and timezone.now() - self.at > GIVEN_UP

    @property
    def goes_on(self) -> bool:
        return not self.ended and not self.lost

    def count(self, status: Status) -> int:
        return sum(check.status is status for check in self.checks)


def latest(provider: Provider) -> Result | None:
    """The run that goes on, or the last one of the day."""
    kept: Result | None = cache.get(_kept(provider))
    return kept


def goes_on(provider: Provider) -> bool:
    """Whether another tab's run has not ended: whoever asks now gets its result."""
    result = latest(provider)
    return result is not None and result.goes_on


def start(facts: Facts) -> Future[None]:
    """Run the checks beside this thread. Of two at the same moment the first runs, and both see its result."""
    result = Result(timezone.now(), facts.tested.user.pk if facts.tested and facts.tested.user else None)
    if not cache.add(_running(facts.provider), True, GIVEN_UP.total_seconds()):
        shared: Future[None] = Future()
        shared.set_result(None)
        return shared
    cache.set(_kept(facts.provider), result, KEPT)
    return probes.begun(lambda: _run(facts, result))


def _run(facts: Facts, result: Result) -> None:
    done: list[Check] = []
    try:
        for check in checkup.run(facts):
            done.append(check)
            ended = len(done) == len(checkup.Code)
            cache.set(_kept(facts.provider), Result(result.at, result.user, tuple(done), ended), KEPT)
    except Exception:
        log.exception("the health check of provider %s was broken off", facts.provider.pk)
    finally:
        cache.delete(_running(facts.provider))


def _kept(provider: Provider) -> str:
    return f"checkup-{provider.pk}"


def _running(provider: Provider) -> str:
    return f"checkup-runs-{provider.pk}"
