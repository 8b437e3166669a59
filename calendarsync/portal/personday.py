"""One day of one person, ready to be shown: read live, or, where Outlook cannot be asked, from our rows."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import get_language

from .. import connect, providers
from ..core.ports import PortError, Reason
from ..core.timeline import caller_view
from ..explain import Day, explain
from ..models import Provider, SyncedUser
from . import confirmed, daylines, overview
from .confirmed import Confirmed
from .daylines import Line, Speech
from .daypicture import Picture, day_of, draw

NOT_CONNECTED = "not_connected"
UNCONFIRMED = "rights_unconfirmed"


@dataclass(frozen=True, slots=True)
class PersonDay:
    """`away`: the code of why Outlook was not read, or ''. `leaving`: how many absences One X is to clear; `whole`:
    One X holds what it should."""

    day: date
    lines: tuple[Line, ...]
    picture: Picture
    described: str
    private: int
    stopped: str
    away: str
    known: Confirmed
    speech: Speech

    @property
    def looks(self) -> set[str]:
        """The classes of what One X's lane shows, for the legend."""
        return {each for bar in self.picture.onex for each in bar.look.split()}

    def at(self, clock: time) -> datetime:
        return datetime.combine(self.day, clock, self.speech.zone)

    def heard(self, at: datetime) -> str:
        """What a caller hears, by what One X should hold."""
        return self.speech.heard(caller_view(self.known.absences, at))


def show(
    user: SyncedUser, provider: Provider, day: date, actor: str, now: datetime, *, live: bool = True
) -> PersonDay:
    """The reading is audited as `actor`'s; nothing of it is kept. `live` off: nobody's calendar is read, as while
    One X cannot confirm that whoever looks still may."""
    zone = connect.zone(provider.company)
    midnight, next_midnight = day_of(day, zone)
    told, away = _read(user, provider, day, actor, now) if live else (None, UNCONFIRMED)
    known = confirmed.of_day(told, now) if told else confirmed.of_rows(user, midnight, next_midnight)
    speech = _speech(provider, day, zone, known, now)
    lines = speech.of_day(told) if told else speech.of_rows()
    shown = speech.onex(midnight, next_midnight)
    marked = (now, daylines.now_words(speech.clock(now))) if midnight <= now < next_midnight else None
    return PersonDay(
        day,
        tuple(lines),
        draw(day, zone, speech.bookings(told) if told else [], shown, marked),
        speech.described(lines),
        private=told.private if told else 0,
        stopped=told.stopped if told else "",
        away=away,
        known=known,
        speech=speech,
    )


def _read(
    user: SyncedUser, provider: Provider, day: date, actor: str, now: datetime
) -> tuple[Day | None, str]:
    if not overview.connected(provider):
        return None, NOT_CONNECTED
    try:
        return explain(user, day, actor, now), ""
    except PortError as error:
        return None, error.code


def _speech(provider: Provider, day: date, zone: ZoneInfo, known: Confirmed, now: datetime) -> Speech:
    return Speech(
        day,
        zone,
        reason_words(provider),
        now,
        titles=not provider.all_private,
        days_ahead=provider.days_ahead,
        standings=known.standings,
    )


def reason_words(provider: Provider) -> dict[str, str]:
    """One X's words in the language of the page; its codes stand where it has never told them."""
    listed: list[Reason] = providers.kept_reasons(provider.company)
    if not listed:
        try:
            listed = providers.reasons(provider.company)
        except PortError:
            return {}
    return daylines.in_words(listed, get_language())


def asked_day(text: str | None, zone: ZoneInfo) -> tuple[date, bool]:
    """The day of `?dag=`, and whether it could be read; without one, and otherwise, today."""
    today = timezone.localtime(timezone=zone).date()
    if not text:
        return today, True
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today, False
    return (day, True) if 2000 <= day.year < 2100 else (today, False)
