"""Why a person's day is in One X what it is. Reads the calendar live; the reading is audited."""

import getpass
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from calendarsync import connect, health, labels
from calendarsync.core.booking import Absence
from calendarsync.core.ports import PortError, Unavailable
from calendarsync.explain import Day, Judged, explain
from calendarsync.management.speech import examples
from calendarsync.models import SyncedUser

AWAY = 4


def day(text: str) -> date:
    try:
        asked = date.fromisoformat(text)
        if 2000 <= asked.year < 2100:
            return asked
        raise ValueError
    except ValueError:
        raise ArgumentTypeError(f"{text!r}: give a date as 2026-11-23") from None


def clock(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r}: give a time as 10:30") from None


class Command(BaseCommand):
    help = "Why a person's day is in One X what it is. Reads the calendar live; the reading is audited."

    def add_arguments(self, parser: ArgumentParser) -> None:
        examples(
            parser,
            "manage.py explain anna.berg@contoso.test",
            "manage.py explain anna.berg@contoso.test --date 2026-11-25 --at 10:30 --json",
        )
        parser.add_argument("email", metavar="MAIL")
        parser.add_argument("--date", type=day, help="the day (today)")
        parser.add_argument(
            "--at", type=clock, help="what a caller hears at this time (now, if the day is today)"
        )
        parser.add_argument("--json", action="store_true")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        user = self._user(options["email"])
        zone = connect.zone(user.company)
        asked = options["date"] or timezone.localtime(timezone=zone).date()
        try:
            told = explain(user, asked, actor=f"command, {getpass.getuser()}", now=timezone.now())
        except PortError as error:
            passing = isinstance(error, Unavailable)
            told_why = f"{error.code}: {health.explained(error.code)}"
            raise CommandError(told_why, returncode=AWAY if passing else 1) from None
        at = datetime.combine(asked, options["at"], zone) if options["at"] else None
        if at is None and asked == timezone.localtime(timezone=zone).date():
            at = timezone.now()
        self._json(told, at, zone) if options["json"] else self._table(told, at, zone)

    def _user(self, email: str) -> SyncedUser:
        user = (
            SyncedUser.objects.listed()
            .select_related("company")
            .filter(email__iexact=email)
            .order_by("-active", "pk")
            .first()
        )
        if user is None:
            raise CommandError(f"No user has the address {email}.")
        return user

    def _table(self, told: Day, at: datetime | None, zone: ZoneInfo) -> None:
        if told.stopped:
            self.stdout.write(str(labels.STOPPED.get(told.stopped) or health.explained(told.stopped)))
        for number, judged in enumerate(told.judged, start=1):
            self.stdout.write(f"{number}. {_line(judged, told.days_ahead, zone)}")
        if not told.judged:
            self.stdout.write("No bookings.")
        if told.private:
            self.stdout.write(
                "1 private booking is not shown."
                if told.private == 1
                else f"{told.private} private bookings are not shown."
            )
        if at:
            self.stdout.write(f"{at.astimezone(zone):%H:%M}: {_heard(told, at, zone)}")

    def _json(self, told: Day, at: datetime | None, zone: ZoneInfo) -> None:
        answer = {
            "user": told.user.email,
            "stopped": told.stopped,
            "bookings": [_object(judged, zone) for judged in told.judged],
            "private": told.private,
        }
        if at:
            view = told.heard(at)
            returns_at = view.returns_at and view.returns_at.astimezone(zone)
            answer["at"] = {
                "at": at.astimezone(zone),
                "reason": view.reason,
                "diverted": view.diverted,
                "returns_at": returns_at,
            }
        self.stdout.write(orjson.dumps(answer).decode())


def _line(judged: Judged, days: int, zone: ZoneInfo) -> str:
    booking = judged.booking
    starts, ends = booking.starts_at.astimezone(zone), booking.ends_at.astimezone(zone)
    became = _became(judged.absence, zone) if judged.absence else "not synchronised"
    why = [str(labels.BECAUSE[judged.verdict.because])] + [
        str(labels.HELD_BACK[h]) for h in judged.verdict.held_back
    ]
    if judged.outside:
        why.insert(0, str(labels.OUTSIDE[judged.outside]))
    words = " ".join(why) % {"show_as": labels.SHOW_AS[booking.show_as.value], "days": days}
    times = "all day" if booking.all_day else f"{starts:%H:%M}–{ends:%H:%M}"
    return f"{times}  {labels.SHOW_AS[booking.show_as.value]}  →  {became}.  {words}"


def _became(absence: Absence, zone: ZoneInfo) -> str:
    if absence.returns_at is None:
        return f"absence {absence.reason}"
    return f"diversion {absence.reason}, back {absence.returns_at.astimezone(zone):%H:%M}"


def _heard(told: Day, at: datetime, zone: ZoneInfo) -> str:
    view = told.heard(at)
    if view.absence is None:
        return "nothing in One X; calls arrive."
    if not view.diverted or view.returns_at is None:
        return f"One X shows {view.reason}; calls arrive."
    return f"calls are answered: {view.reason}, back {view.returns_at.astimezone(zone):%Y-%m-%d %H:%M}."


def _object(judged: Judged, zone: ZoneInfo) -> dict[str, Any]:
    booking, absence = judged.booking, judged.absence
    return {
        "starts_at": booking.starts_at.astimezone(zone),
        "ends_at": booking.ends_at.astimezone(zone),
        "all_day": booking.all_day,
        "show_as": booking.show_as.value,
        "outside": judged.outside,
        "because": judged.verdict.because.value,
        "held_back": [held.value for held in judged.verdict.held_back],
        "reason": absence and absence.reason,
        "forwarding": absence and absence.forwarding.value,
        "returns_at": absence.returns_at.astimezone(zone) if absence and absence.returns_at else None,
    }
