"""A person's day in words: a line for each booking, what One X has of it and why, and what a caller hears."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from .. import health, labels
from ..core.booking import Absence, Booking, CallForwarding
from ..core.ports import Reason
from ..core.rules import Because
from ..core.timeline import CallerView
from ..explain import Day, Judged
from . import confirmed
from .confirmed import Standing, State
from .daypicture import Span

# Outlook's own pictures of *Visa som*: full, light, or an empty frame.
LOOKS = {"busy": "busy", "oof": "oof", "tentative": "soft", "workingElsewhere": "soft"}
BADGES = {State.ABSENT: "idle", State.WAITING: "busy", State.UNREAD: "busy", State.REFUSED: "bad"}
RULED = (Because.RULE, Because.RULE_OFF)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table. `became`: what One X shows or is to show, `kind` absence or diversion; `badge`: status
    and word unless One X has confirmed it; `rule`: the *Visa som* whose rule decided; `refused`: One X's answer."""

    number: int
    times: str
    show_as: str
    title: str
    kind: str
    became: str
    back: str
    badge: tuple[str, str] | None
    why: tuple[str, ...]
    rule: str = ""
    refused: str = ""

    @property
    def one_x(self) -> str:
        """All of the column in one text, for the description of the picture."""
        return ", ".join(str(part) for part in (self.badge and self.badge[1], self.became) if part)


@dataclass(frozen=True, slots=True)
class Speech:
    """What words depend on: the day that is told and its zone, One X's words for its reasons by code, and now."""

    day: date
    zone: ZoneInfo
    reasons: Mapping[str, str]
    now: datetime
    titles: bool = False
    days_ahead: int = 0
    standings: Sequence[Standing] = field(default=())

    # Moments

    def clock(self, moment: datetime) -> str:
        """14:31 of this day, with the date of another. The hour that comes twice says so the second time."""
        try:
            local = moment.astimezone(self.zone)
        except OverflowError:  # somebody is away until the year 9999
            return f"{moment:%Y-%m-%d}"
        text = f"{local:%H:%M} " + _("(winter time)") if local.fold else f"{local:%H:%M}"
        return text if local.date() == self.day else f"{local:%Y-%m-%d} {text}"

    def times(self, one: Booking | Absence) -> str:
        """09:00–10:30; *Hela dagen*."""
        if one.all_day:
            return self._days(one)
        starts, ends = self.clock(one.starts_at), self._end(one.ends_at)
        return f"{starts} – {ends}" if " " in starts + ends else f"{starts}–{ends}"

    def _end(self, moment: datetime) -> str:
        tomorrow = datetime.combine(self.day + timedelta(days=1), datetime.min.time(), self.zone)
        return "24:00" if moment == tomorrow.astimezone(UTC) else self.clock(moment)

    def _days(self, one: Booking | Absence) -> str:
        try:
            first = one.starts_at.astimezone(self.zone).date()
            last = (one.ends_at - timedelta.resolution).astimezone(self.zone).date()
        except OverflowError:
            return str(_("All day"))
        return str(_("All day")) if first == last else f"{first} – {last}"

    # Lines

    def of_day(self, told: Day) -> list[Line]:
        return [
            self._line(place, judged, standing, told.stopped)
            for place, (judged, standing) in enumerate(zip(told.judged, self.standings, strict=True))
        ]

    def of_rows(self) -> list[Line]:
        """Where only our rows are known: what Outlook says is not in them."""
        return [
            self._shown(
                place, each, each.absence, "", "", (str(labels.ALSO["last_reading"]), *self._also(place))
            )
            for place, each in enumerate(self.standings)
            if each.absence
        ]

    def _line(self, place: int, judged: Judged, standing: Standing, stopped: str) -> Line:
        booking = judged.booking
        show_as = str(labels.SHOW_AS[booking.show_as.value])
        why = tuple(self._why(place, judged, standing, stopped))
        name = (title(booking.subject) or _("Booking")) if self.titles else ""
        rule = booking.show_as.value if judged.verdict.because in RULED and not stopped else ""
        return self._shown(place, standing, booking, show_as, name, why, rule)

    def _shown(
        self,
        place: int,
        standing: Standing,
        one: Booking | Absence,
        show_as: str,
        name: str,
        why: tuple[str, ...],
        rule: str = "",
    ) -> Line:
        badge, absence = BADGES.get(standing.state), standing.absence
        code = standing.row.trouble if standing.row and standing.state is State.REFUSED else ""
        return Line(
            number=place + 1,
            times=self.times(one),
            show_as=show_as,
            title=name,
            kind=kind(absence) if absence else "",
            became=self.became(absence) if absence else "",
            back=self.clock(absence.returns_at) if absence and absence.returns_at else "",
            badge=(badge, str(labels.STATE[standing.state])) if badge else None,
            why=why,
            rule=rule,
            refused=health.explained(code) if code else "",
        )

    def became(self, absence: Absence) -> str:
        return labels.BECAME[kind(absence)] % {"reason": self.reason(absence.reason)}

    def reason(self, code: str) -> str:
        return self.reasons.get(code, code)

    # *Varför*

    def _why(self, place: int, judged: Judged, standing: Standing, stopped: str) -> Iterator[str]:
        verdict = judged.verdict
        if stopped:
            yield said(stopped)
            return
        show_as = labels.SHOW_AS[judged.booking.show_as.value]
        yield str(labels.BECAUSE[verdict.because]) % {"show_as": show_as}
        yield from (str(labels.HELD_BACK[each]) for each in verdict.held_back)
        if judged.outside and standing.state is not State.CONFIRMED:
            yield str(labels.OUTSIDE[judged.outside]) % {"days": self.days_ahead}
        yield from self._also(place)

    def _also(self, place: int) -> Iterator[str]:
        """What other bookings, and One X, have to do with it."""
        standing = self.standings[place]
        first = confirmed.ahead_of(place, self.standings)
        if first is not None:
            yield str(labels.ALSO["overlap"]) % {"number": first + 1}
        if standing.state is State.UNREAD:
            yield str(labels.ALSO["unread"])
        if standing.state is State.WAITING and standing.row:
            row, waits = standing.row, standing.row.next_attempt_at > self.now
            code = "waiting_again" if waits else "waiting"
            when = self.clock(row.next_attempt_at)
            yield str(labels.ALSO[code]) % {"attempts": row.attempts + 1, "since": when, "next": when}

    # The picture

    def bookings(self, told: Day) -> list[Span]:
        return [
            Span(
                number,
                judged.booking.starts_at,
                judged.booking.ends_at,
                LOOKS.get(judged.booking.show_as.value, "ghost"),
                str(labels.SHOW_AS[judged.booking.show_as.value]),
                judged.booking.all_day,
            )
            for number, judged in enumerate(told.judged, start=1)
        ]

    def onex(self, starts_at: datetime, ends_at: datetime) -> list[Span]:
        found = confirmed.stretches(self.standings, starts_at, ends_at)
        return [self._stretch(each, self.standings[each.place]) for each in found]

    def _stretch(self, stretch: confirmed.Stretch, standing: Standing) -> Span:
        assert standing.absence is not None  # a stretch is of one that has
        look, word = kind(standing.absence), self.reason(standing.absence.reason)
        if standing.state is State.REFUSED:
            look, word = "refused", str(labels.REFUSED_BAR)
        elif standing.state is not State.CONFIRMED:
            look, word = f"wait {look}", str(labels.STATE[standing.state])
        return Span(stretch.place + 1, stretch.starts_at, stretch.ends_at, look, word)

    def described(self, lines: Sequence[Line]) -> str:
        """The day for who does not see the picture."""
        if not lines:
            return _("No bookings.")
        parts = [
            _("Booking %(number)d: %(what)s. One X: %(one_x)s.")
            % {
                "number": line.number,
                "what": " ".join(filter(None, (line.times, line.show_as))),
                "one_x": line.one_x,
            }
            for line in lines
        ]
        return " ".join(parts)

    # A call

    def heard(self, view: CallerView) -> str:
        if view.absence is None:
            return str(labels.HEARD["arrives"])
        filled = {"reason": self.reason(view.absence.reason), "until": self.clock(view.absence.ends_at)}
        if view.diverted and view.returns_at:
            return str(labels.HEARD["diverted"]) % (filled | {"back": self.clock(view.returns_at)})
        return str(labels.HEARD["informed"]) % filled


def said(code: str) -> str:
    """Why nothing goes to One X, or what is wrong: one line."""
    return str(labels.STOPPED.get(code) or labels.TRIED.get(code) or health.explained(code))


def in_words(reasons: Sequence[Reason], language: str | None) -> dict[str, str]:
    """One X's words for its reasons, by code."""
    return {
        each.code: (each.label_sv if language == "sv" else each.label_en) or each.code for each in reasons
    }


def now_words(clock: str) -> str:
    return _("Now %(clock)s") % {"clock": clock}


def kind(absence: Absence) -> str:
    return "diversion" if absence.forwarding is CallForwarding.ANNOUNCEMENT else "absence"


def title(subject: str | None) -> str:
    """On one line, and nothing in it that UTF-8 cannot carry."""
    storable = (c for c in subject or "" if c.isspace() or unicodedata.category(c) not in ("Cc", "Cs"))
    return " ".join("".join(storable).split())
