"""*Testa synkningen nu*: what has become of one person's wish, step by step.

The engine does the work. Here it is only told from our rows, and at the end by one look at what One X holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from .. import connect
from ..core.booking import Absence
from ..core.ports import MISSING, Pbx, PortError
from ..core.rules import Because
from ..explain import audit, stopped
from ..models import Provider, SyncedBooking, SyncedUser
from ..pacing import UNREADABLE
from ..rehearsal import Change, rehearse
from . import overview
from .personday import NOT_CONNECTED

READING = ("contact", "consent", "mailbox", "read", "rules")
STEPS = (*READING, "sent", "checked")
# Microsoft answered, and refuses the application.
REFUSALS = {
    "consent_revoked",
    "app_disabled",
    "tenant_gone",
    "permission_missing",
    "blocked_by_policy",
    "service_missing",
    "our_credentials",
}
SLOW = timedelta(seconds=60)  # nobody has looked: something is wrong on our side
PATIENCE = timedelta(minutes=3)  # then the page stops asking by itself
# Decided by the person: not among the figures of the provider's rules.
OWN = (Because.CHOICE, Because.OWN_RULE)


class Outcome(StrEnum):
    DONE = "done"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"
    BUSY = "busy"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class Step:
    """`code`: of `health` or `labels.TRIED`; `count`: bookings; `again`: when it is tried once more."""

    name: str
    outcome: Outcome
    code: str = ""
    count: int | None = None
    again: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """`running`: there is more to come soon. `planned`: what a trial that writes nothing found."""

    steps: tuple[Step, ...]
    running: bool = False
    planned: tuple[Change, ...] | None = None

    @property
    def well(self) -> bool:
        return all(step.outcome is Outcome.DONE for step in self.steps)


def begin(user: SyncedUser, now: datetime) -> int:
    """Asks the engine to read this person now; answers the number of the wish."""
    with transaction.atomic():
        one = SyncedUser.objects.filter(pk=user.pk)
        one.wish(now)
        return one.values_list("requested_seq", flat=True).get()


def look(user: SyncedUser, provider: Provider, wish: int, now: datetime) -> Trial:
    """How far it has come. One call to One X once all has been sent."""
    answered = user.read_seq >= wish
    reading = list(_reading(user, provider, answered, now))
    sent = _sent(user, provider, answered, reading)
    steps = (*reading, sent, _checked(user, provider, sent))
    lasting = user.requested_at is None or now - user.requested_at < PATIENCE
    running = not answered or any(step.outcome is Outcome.BUSY for step in steps)
    return Trial(steps, running and lasting)


def without_writing(user: SyncedUser, provider: Provider, actor: str, now: datetime) -> Trial:
    """Reads the calendar once, audited, and tells what would change; nothing is written or sent."""
    skipped = (Step("sent", Outcome.SKIPPED), Step("checked", Outcome.SKIPPED))
    if not overview.connected(provider):
        return Trial((*_failed_at("contact", NOT_CONNECTED), *skipped))
    audit(user, {"trial": now.isoformat()}, actor)
    done = next(rehearse(SyncedUser.objects.filter(pk=user.pk), now))
    code, why = done.trouble, stopped(user, provider)
    steps = (
        _all(Outcome.SKIPPED, why) if why else _failed_at(_place(code), code) if code else _all(Outcome.DONE)
    )
    return Trial((*steps, *skipped), planned=None if code else done.planned)


# Reading


def _reading(user: SyncedUser, provider: Provider, answered: bool, now: datetime) -> Iterator[Step]:
    if not overview.connected(provider):
        yield from _failed_at("contact", NOT_CONNECTED)
    elif why := stopped(user, provider):
        yield from _all(Outcome.SKIPPED, why)
    elif not answered:
        yield from _under_way(user, now)
    elif user.trouble and user.trouble != UNREADABLE:
        yield from _failed_at(_place(user.trouble), user.trouble)
    else:
        yield from _read(user, now)


def _under_way(user: SyncedUser, now: datetime) -> Iterator[Step]:
    """A failure that can pass leaves the wish as it is: it is tried again by itself."""
    if user.failures and user.not_before and user.not_before > now:
        failed = _failed_at(_place(user.trouble), user.trouble)
        yield from (replace(step, again=user.not_before if step.code else None) for step in failed)
        return
    slow = user.requested_at is not None and now - user.requested_at > SLOW
    yield Step("contact", Outcome.BUSY, "slow" if slow else "")
    yield from (Step(name, Outcome.WAITS) for name in READING[1:])


def _read(user: SyncedUser, now: datetime) -> Iterator[Step]:
    coming = SyncedBooking.objects.standing().filter(synced_user=user, ends_at__gt=now)
    own = coming.filter(because__in=OWN).count()
    partly = user.trouble == UNREADABLE
    yield from (Step(name, Outcome.DONE) for name in READING[:3])
    outcome = Outcome.WARNING if partly else Outcome.DONE
    # What is private, cancelled or declined is in no figure of ours.
    yield Step("read", outcome, user.trouble, sum(user.tally.values()) + own)
    yield Step("rules", Outcome.DONE, count=coming.count())


def _place(code: str) -> str:
    if code in MISSING:
        return "mailbox"
    return "consent" if code in REFUSALS else "contact"


def _failed_at(name: str, code: str) -> list[Step]:
    """What came before was well; what comes after could not be tried."""
    at = READING.index(name)
    before = [Step(each, Outcome.DONE) for each in READING[:at]]
    after = [Step(each, Outcome.SKIPPED) for each in READING[at + 1 :]]
    return [*before, Step(name, Outcome.FAILED, code), *after]


def _all(outcome: Outcome, code: str = "") -> list[Step]:
    """The reason is told once."""
    return [Step(name, outcome, code if name == READING[0] else "") for name in READING]


# Sending


def _sent(user: SyncedUser, provider: Provider, answered: bool, reading: list[Step]) -> Step:
    if any(step.outcome is Outcome.FAILED for step in reading):
        return Step("sent", Outcome.SKIPPED)
    if not answered:
        return Step("sent", Outcome.WAITS)
    pending = list(SyncedBooking.objects.pending().filter(synced_user=user).order_by("next_attempt_at"))
    for row in pending:
        if row.blocked:
            return Step("sent", Outcome.FAILED, row.trouble)
    for row in pending:
        if row.trouble or provider.trouble:
            return Step("sent", Outcome.WARNING, row.trouble or provider.trouble, again=row.next_attempt_at)
    return Step("sent", Outcome.BUSY if pending else Outcome.DONE)


def _checked(user: SyncedUser, provider: Provider, sent: Step) -> Step:
    if sent.outcome is not Outcome.DONE:
        waits = sent.outcome in (Outcome.BUSY, Outcome.WAITS)
        return Step("checked", Outcome.WAITS if waits else Outcome.SKIPPED)
    try:
        differing = differences(user, connect.pbx(provider.company))
    except PortError as error:
        return Step("checked", Outcome.FAILED, error.code)
    if differing:
        return Step("checked", Outcome.WARNING, "differs", differing)
    return Step("checked", Outcome.DONE)


def differences(user: SyncedUser, pbx: Pbx) -> int:
    """How many absences One X shows otherwise than it has confirmed to us. Raises PbxError.

    What changes while we look is no difference."""
    before = _confirmed(user)
    held = {absence.key: _told(absence) for absence, _ in pbx.held(user.extension)}
    after = _confirmed(user)
    steady = {key for key in before.keys() | held.keys() if before.get(key, "") == after.get(key, "")}
    pending = set(SyncedBooking.objects.pending().filter(synced_user=user).values_list("key", flat=True))
    return sum(before.get(key) != held.get(key) for key in steady - pending)


def _confirmed(user: SyncedUser) -> dict[str, str]:
    """Of this extension: what One X holds by its own word."""
    rows = SyncedBooking.objects.standing().filter(synced_user=user, extension=user.extension)
    return {row.key: row.payload_hash for row in rows if row.version == row.delivered_version}


def _told(absence: Absence) -> str:
    """The same times may be written in another zone."""
    back = absence.returns_at and absence.returns_at.astimezone(UTC)
    starts_at, ends_at = absence.starts_at.astimezone(UTC), absence.ends_at.astimezone(UTC)
    return replace(absence, starts_at=starts_at, ends_at=ends_at, returns_at=back).payload_hash


# For support


def report(user: SyncedUser, wish: int, trial: Trial) -> str:
    """Ids, codes and times: no title, no address, no token."""
    head = [
        timezone.localtime().isoformat(timespec="seconds"),
        f"provider {user.provider_id}, user {user.pk}, wish {wish}, read {user.read_seq}",
        f"failures {user.failures}, trouble {user.trouble or '-'}, not before {_moment(user.not_before)}",
    ]
    steps = [f"{step.name}: {step.outcome} {step.code}".rstrip() for step in trial.steps]
    pending = SyncedBooking.objects.pending().filter(synced_user=user).order_by("pk")
    return "\n".join([*head, *steps, *(_waiting(row) for row in pending[:20])])


def _waiting(row: SyncedBooking) -> str:
    versions = f"version {row.version}, sent {row.attempted_version}, confirmed {row.delivered_version}"
    tried = f"attempts {row.attempts}, {row.trouble or '-'}, next {_moment(row.next_attempt_at)}"
    return f"{row.key}: {versions}, {tried}"


def _moment(when: datetime | None) -> str:
    return timezone.localtime(when).isoformat(timespec="seconds") if when else "-"
