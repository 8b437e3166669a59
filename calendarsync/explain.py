"""Why a person's day is in One X what it is: read live, judged by the real rules, and nothing of it stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from auditlog.models import LogEntry

from . import connect
from .core.booking import Absence, Booking
from .core.ports import Mailbox, Missing, PortError, Reading
from .core.rules import Policy, Verdict, decide
from .core.timeline import CallerView, caller_view, timeline
from .core.window import Window, all_day, window
from .models import Provider, SyncedUser
from .picture import policy
from .reading import keep_mailbox

CHAIN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Judged:
    """A booking, what became of it, and the absence as it stands among its neighbours (None: not synchronised).

    `outside`: "over" or "beyond" (the days that are synchronised), '' for what One X should hold now."""

    booking: Booking
    verdict: Verdict
    absence: Absence | None
    outside: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A day's bookings without the private ones, of which only the number is told. `stopped`: why nothing of it
    goes to One X at present ('' if it does). `known_until`: how far what follows the day was read too."""

    user: SyncedUser
    judged: tuple[Judged, ...]
    private: int
    stopped: str
    days_ahead: int
    starts_at: datetime
    ends_at: datetime
    known_until: datetime

    def heard(self, at: datetime) -> CallerView:
        """What a caller hears and a colleague sees at a moment."""
        return caller_view([each.absence for each in self.judged if each.absence and not self.stopped], at)


def explain(user: SyncedUser, day: date, actor: str, now: datetime) -> Day:
    """Read one day of one person's calendar. Audited, whoever asks. Raises SourceError."""
    provider = Provider.objects.select_related("company").prefetch_related("rules").get(pk=user.provider_id)
    audit(user, {"day": day.isoformat()}, actor)
    zone = connect.zone(provider.company)
    starts_at, ends_at = all_day(day, day + timedelta(days=1), zone)
    # A diversion may go on after midnight: its return time depends on what follows.
    reading = _read(user, provider, Window(starts_at, ends_at + CHAIN, zone))
    counts = policy(user, provider)
    judged = _judged(reading.bookings, counts, window(now, provider.days_ahead, zone))
    of_day = [each for each in judged if each.booking.starts_at < ends_at]
    return Day(
        user,
        tuple(each for each in of_day if not each.booking.private),
        private=sum(each.booking.private for each in of_day),
        stopped=stopped(user, provider),
        days_ahead=provider.days_ahead,
        starts_at=starts_at,
        ends_at=ends_at,
        known_until=ends_at + CHAIN,
    )


def audit(user: SyncedUser, what: Mapping[str, str], actor: str) -> None:
    """Who looked at what of whose calendar. No name or address: the entry outlives the person's data."""
    LogEntry.objects.log_create(
        user,
        force_log=True,
        action=LogEntry.Action.ACCESS,
        changes={name: ["", value] for name, value in what.items()},
        object_repr=f"synced user {user.pk}",
        additional_data={"by": actor},
    )


def _judged(bookings: Iterable[Booking], counts: Policy, view: Window) -> list[Judged]:
    pairs = [(booking, decide(booking, counts)) for booking in sorted(bookings, key=_in_order)]
    reached = [verdict.absence for booking, verdict in pairs if _outside(booking, view) != "beyond"]
    standing = {absence.item_id: absence for absence in timeline(filter(None, reached))}
    return [
        Judged(booking, verdict, standing.get(booking.item_id), _outside(booking, view))
        for booking, verdict in pairs
    ]


def _in_order(booking: Booking) -> tuple[datetime, datetime, str]:
    """By start, and the same at every look: the numbers of a day are told by this order."""
    return booking.starts_at, booking.ends_at, booking.item_id


def _outside(booking: Booking, view: Window) -> str:
    if booking.starts_at >= view.ends_at:
        return "beyond"
    return "over" if booking.ends_at <= view.starts_at else ""


def _read(user: SyncedUser, provider: Provider, view: Window) -> Reading:
    source = connect.source(provider)
    if not user.mailbox_id:
        for _, found in source.find([user.email]):
            if isinstance(found, PortError):
                raise found
            keep_mailbox(user, found)
    mailbox = Mailbox(user.mailbox_id, user.email, tuple(user.addresses))
    for _, result in source.read([mailbox], view):
        if isinstance(result, PortError):
            raise result
        return result
    raise Missing("mailbox_not_found")


def stopped(user: SyncedUser, provider: Provider) -> str:
    """Why nothing of this person goes to One X at present; '' if it does."""
    if not provider.reads:
        return "provider_inactive"
    if not user.active:
        return "user_inactive"
    return "" if user.follows else (user.trouble or "user_inactive")
