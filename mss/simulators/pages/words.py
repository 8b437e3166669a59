"""How times, states and Microsoft's words are written for a person: Swedish, on Stockholm's clock.

The filters are built into every template of `page`.
"""

import re
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import phonenumbers
from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe

from ..announcement import MONTHS
from ..pbx import Active
from ..records import Event

register = template.Library()

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SHOW_AS = {
    "busy": "Upptagen",
    "free": "Tillgänglig",
    "workingElsewhere": "Arbetar någon annanstans",
    "oof": "Frånvarande",
    "tentative": "Preliminär",
}
FORWARDING = {"none": "Ingen vidarekoppling", "announcement": "Hänvisningsbesked"}
STATES = {"available": "Tillgänglig", "absence": "Frånvaro", "diversion": "Hänvisning"}
DATE = re.compile(r"\d{4}-\d\d-\d\d")
WEEKDAYS = ["måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"]


@register.filter
def local(value: datetime) -> datetime:
    """The moment on Stockholm's clock."""
    return value.astimezone(STOCKHOLM)


def alphabetical(name: str) -> str:
    """A key that sorts å, ä, ö last, as Swedish does."""
    return name.casefold().translate(str.maketrans("åäö", "{|}"))


def today(now: datetime) -> date:
    """The date in Stockholm."""
    return local(now).date()


@register.filter
def date_only(day: date) -> str:
    """`2026-11-24`."""
    return day.isoformat()


@register.filter
def clock(value: datetime) -> str:
    """`09:30`."""
    return f"{local(value):%H:%M}"


@register.filter
def moment(value: datetime) -> str:
    """`2026-11-23 14:31`."""
    return f"{local(value):%Y-%m-%d %H:%M}"


@register.filter
def iso(value: datetime) -> str:
    """For `<time datetime>`."""
    return local(value).isoformat(timespec="minutes")


@register.filter
def weekday(day: date, today: date) -> str:
    """`I dag, tisdag 24 november 2026`; without the first words for days further off."""
    near = {0: "I dag, ", 1: "I morgon, "}.get((day - today).days, "")
    written = f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"
    return near + written if near else written.capitalize()


@register.filter
def back(end: datetime, now: datetime) -> str:
    """When one is back: `11:00` on the day of `now`, else `2026-11-25 11:00`; a day's start is the day."""
    if local(end).date() == local(now).date():
        return clock(end)
    return moment(end).removesuffix(" 00:00")


def wall(taken: Event | Active) -> tuple[datetime, datetime]:
    """Start and end on the clock on the wall; an all-day event has its own dates, whatever its zone."""
    if isinstance(taken, Event) and taken.all_day:
        return taken.starts_at, taken.ends_at
    return local(taken.starts_at), local(taken.ends_at)


@register.filter
def first_day(taken: Event | Active) -> date:
    """The day it stands under in a list."""
    return wall(taken)[0].date()


@register.filter
def last_day(taken: Event | Active) -> date:
    """The last day it touches: an end at midnight does not touch the day it begins."""
    return max(first_day(taken), (wall(taken)[1] - timedelta(microseconds=1)).date())


@register.filter
def hours(taken: Event | Active) -> str:
    """`09:00–10:30`, `22:00–06:00 nästa dag`, `Heldag t.o.m. 2026-11-27` and the like."""
    nights = (last_day(taken) - first_day(taken)).days
    if taken.all_day:
        return f"Heldag t.o.m. {last_day(taken)}" if nights else "Heldag"
    end = clock(taken.ends_at) if nights < 2 else moment(taken.ends_at)
    return f"{clock(taken.starts_at)}–{end}" + (" nästa dag" if nights == 1 else "")


@register.filter
def unbroken(text: str) -> str:
    """The text with its dates kept on one line."""
    return mark_safe(DATE.sub(r'<span class="nb">\g<0></span>', escape(text)))  # noqa: S308 (escaped)


@register.filter
def shown_as(value: str) -> str:
    """Outlook's *Visa som* in Swedish."""
    return SHOW_AS.get(value, value)


@register.filter
def forwarded(value: str) -> str:
    """*Koppla samtal till* in Swedish."""
    return FORWARDING.get(value, value)


@register.filter
def state(active: Active | None) -> str:
    """`available`, `absence` or `diversion`."""
    if active is None:
        return "available"
    return "diversion" if active.forwarding == "announcement" else "absence"


@register.filter
def state_word(value: str) -> str:
    """*Tillgänglig*, *Frånvaro* or *Hänvisning*."""
    return STATES[value]


@register.filter
def phone(number: str) -> str:
    """`010-123 45 67` from E.164; a number nobody can parse stays as it is."""
    try:
        parsed = phonenumbers.parse(number, "SE")
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


@register.filter
def address(email: str) -> str:
    """The address, which a narrow column breaks after the @."""
    return mark_safe(str(escape(email)).replace("@", "@<wbr>"))  # noqa: S308 (escaped)


@register.filter
def initials(name: str) -> str:
    """At most two letters."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


def listed(words: list[str]) -> str:
    """`a`, `a och b`, `a, b och c`."""
    return " och ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


@register.filter
def counted(number: int) -> str:
    """`10 214`, with a no-break space."""
    return f"{number:,}".replace(",", "\u00a0")


@register.simple_tag
def query(path: str, **fields: object) -> str:
    """`/path/?a=1&b=2` of the fields that have a value."""
    given = urlencode({name: value for name, value in fields.items() if value})
    return f"{path}?{given}" if given else path


@register.simple_tag
def icon(name: str) -> str:
    """A picture of the sprite; it always stands beside words."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#{}"></use></svg>', name
    )
