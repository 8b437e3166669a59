"""*Hälsokontroll* of one instance (interface 4.8): both sides tried as the sync needs them, and what our rows say."""

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from time import monotonic
from typing import Any, TypeVar

from .. import connect
from ..core.ports import PortError
from ..models import Provider
from . import overview, probes
from .checkfacts import Facts

log = logging.getLogger(__name__)

T = TypeVar("T")

LONGEST = 20.0  # seconds of a whole run, whatever the two sides do
SHORTEST = 1.0  # what is begun with less left could not be answered
HOUR = timedelta(hours=1)
CALENDARS = "Calendars.Read"
NUMBER = re.compile(r"(AADSTS\d{1,8}|\d{3})\b")  # of a refusal's detail; the rest may be a stranger's words
AWAY = frozenset({"throttled", "unreachable", "timeout", "server_error", "bad_answer"})


class Code(StrEnum):
    """The checks, in their order."""

    CONSENT = "consent"
    PERMISSION = "permission"
    MAILBOX = "mailbox"
    SUBSCRIPTION = "subscription"
    ONEX = "onex"
    RECENT = "recent"


class Status(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    SKIPPED = "skipped"


# What a check makes no sense without.
NEEDS: Mapping[Code, tuple[Code, ...]] = {
    Code.PERMISSION: (Code.CONSENT,),
    Code.MAILBOX: (Code.CONSENT, Code.PERMISSION),
    Code.SUBSCRIPTION: (Code.CONSENT,),
    Code.RECENT: (Code.CONSENT, Code.PERMISSION, Code.ONEX),
}


@dataclass(frozen=True, slots=True)
class Check:
    """What one check came to. Codes and numbers alone; `checkwords` has the words.

    `trouble`: what is wrong, a code of `health.EXPLAINED`, or why it was skipped. `found`: the evidence. `about`:
    what the words of either name."""

    code: Code
    status: Status
    trouble: str = ""
    found: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def away(self) -> bool:
        """It failed because somebody did not answer: worth trying again."""
        return self.status is Status.BAD and self.trouble in AWAY


class _OutOfTimeError(Exception):
    """The run has lasted too long to begin anything more."""


def can_check(provider: Provider) -> bool:
    """Exchange On-Premises cannot be checked yet."""
    return provider.kind == Provider.Kind.EXCHANGE_ONLINE


def run(facts: Facts) -> Iterator[Check]:
    """The checks in their order, each as it ends; all within LONGEST."""
    return _Run(facts).checks()


class _Run:
    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.provider = facts.provider
        self.ends = monotonic() + LONGEST
        # Both sides at once: one that is silent does not use up the other's time.
        self.company = probes.begun(connect.pbx(self.provider.company).customer)
        self.permissions: frozenset[str] = frozenset()
        self.reading: Future[None] | None = None

    def checks(self) -> Iterator[Check]:
        done: dict[Code, Check] = {}
        for code in Code:
            whole = all(done[need].status in (Status.OK, Status.WARN) for need in NEEDS.get(code, ()))
            done[code] = self._tried(code) if whole else Check(code, Status.SKIPPED, "after")
            yield done[code]

    def _tried(self, code: Code) -> Check:
        try:
            check: Check = getattr(self, f"_{code.value}")()
            return check
        except _OutOfTimeError:
            return Check(code, Status.SKIPPED, "out_of_time")
        except PortError as error:
            return Check(code, Status.BAD, error.code, *_answered(code, error))
        except Exception:
            log.exception("check %s of provider %s failed", code, self.provider.pk)
            return Check(code, Status.BAD, "internal")

    # Microsoft

    def _consent(self) -> Check:
        if not overview.connected(self.provider):
            return Check(Code.CONSENT, Status.BAD, "not_connected")
        self.permissions = self._wait(self._begun(lambda: probes.permissions(self.provider.tenant)))
        return Check(Code.CONSENT, Status.OK, found="token")

    def _permission(self) -> Check:
        """A token that does not name the permission may still do: Exchange can grant it by itself (graph.md 1)."""
        code = Code.PERMISSION
        if CALENDARS in self.permissions:
            names = ", ".join(sorted(self.permissions))
            return Check(code, Status.OK, found="granted", about={"names": names})
        if self.facts.tested is None:
            return Check(code, Status.WARN, "permission_missing", "unnamed")
        try:
            self._read()
        except PortError as error:
            if error.code in ("mailbox_denied", "permission_missing"):
                return Check(code, Status.BAD, "permission_missing", "unnamed")
            return Check(code, Status.WARN, error.code, "unnamed")
        return Check(code, Status.OK, found="scoped")

    def _mailbox(self) -> Check:
        if self.facts.tested is None:
            return Check(Code.MAILBOX, Status.SKIPPED, self.facts.untested)
        self._read()
        return Check(Code.MAILBOX, Status.OK, found="read")

    def _subscription(self) -> Check:
        granted, code = self.facts.granted, Code.SUBSCRIPTION
        if nobody := self._nobody(granted.wanted):
            return Check(code, Status.SKIPPED, nobody)
        about = {"live": granted.live, "wanted": granted.wanted, "until": granted.until}
        if granted.live == granted.wanted:
            return Check(code, Status.OK, found="live", about=about)
        if granted.live:
            return Check(code, Status.WARN, granted.trouble or "some_unsubscribed", "live", about)
        return Check(code, Status.BAD, granted.trouble or "unsubscribed", "live", about)

    # One X, and the two together

    def _onex(self) -> Check:
        company = self._wait(self.company)
        return Check(Code.ONEX, Status.OK, found="company", about={"company": company.name})

    def _recent(self) -> Check:
        told, code = self.facts.overview, Code.RECENT
        if nobody := self._nobody(told.users):
            return Check(code, Status.SKIPPED, nobody)
        about = {"updated": told.updated, "users": told.users, "last": told.last}
        found = "updated" if told.last else "never"
        if told.status.kind == "bad":
            braked = "braked" if self.provider.braked_at else "late"
            return Check(code, Status.BAD, self.provider.trouble or braked, found, about)
        if told.last and told.last >= self.facts.now - HOUR:
            return Check(code, Status.OK, found=found, about=about)
        return Check(code, Status.WARN, "late", found, about)

    def _nobody(self, users: int) -> str:
        """Why nobody of the instance is followed; '' where somebody is."""
        if not self.provider.reads:
            return "provider_inactive"
        return "" if users else "no_users"

    # How it is asked

    def _read(self) -> None:
        """Once; whoever asks again gets the same answer."""
        tested = self.facts.tested
        if tested and self.reading is None:
            mailbox = tested.mailbox
            self.reading = self._begun(lambda: probes.read(self.provider, mailbox, self.facts.now))
        if self.reading:
            self._wait(self.reading)

    def _begun(self, call: Callable[[], T]) -> Future[T]:
        if self.ends - monotonic() < SHORTEST:
            raise _OutOfTimeError
        return probes.begun(call)

    def _wait(self, answer: Future[T]) -> T:
        return probes.within(self.ends - monotonic(), answer)


def _answered(code: Code, error: PortError) -> tuple[str, dict[str, str]]:
    """The evidence of a refusal: whose, and its number."""
    number = NUMBER.match(error.detail)
    whose = "onex_answer" if code is Code.ONEX else "microsoft_answer"
    return (whose, {"answer": number[1]}) if number else ("", {})
