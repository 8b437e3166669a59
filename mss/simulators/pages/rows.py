"""The bookings of Spelplanen as its list and forms show them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from ..world import Event, Person, World
from .forms import shifts
from .words import FORWARDING, STOCKHOLM, clock, first_day, last_day, local, today

DAYS_AHEAD = 14


@dataclass(frozen=True)
class Slip:
    """A form that was refused: what was typed and why. `event_id` is empty for the form that books."""

    event_id: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """What was chosen in the add-in. `value` is a reason, `skip` or empty (nothing chosen)."""

    value: str = ""
    forwarding: str = "none"
    of_series: bool = False


@dataclass(frozen=True)
class Row:
    """A booking in the list. `typed`: what its forms hold; `shifts`: how far its series can be moved."""

    event: Event
    choice: Choice
    chosen: str
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    open: bool
    running: bool
    past: bool
    shifts: Mapping[str, str]

    @property
    def private(self) -> bool:
        return self.event.sensitivity != "normal"


def coming(world: World, person: Person) -> list[Event]:
    """Today's bookings and those of two weeks more, in the order of the day."""
    start = datetime.combine(today(world.now()), time.min, STOCKHOLM)
    events = world.events_of(person.id, start, start + timedelta(days=DAYS_AHEAD + 1))
    return sorted(events, key=lambda each: (first_day(each), not each.all_day, each.starts_at, each.id))


def absent(world: World, person: Person, event: Event, whole_series: bool) -> str:
    """Why a booking is not seen, in words; empty where it is, or where anything left of its series is."""
    series = event.series_id if whole_series else None
    mine = world.calendar(person.id)
    meant = [each for each in mine if each.id == event.id or (series and each.series_id == series)]
    left = [each for each in meant if each.span[1] > world.now()]
    listed = {each.id for each in coming(world, person)}
    if not left:
        return "är redan slut och visas inte" + (" i One X" if event.id in listed else "")
    far = listed.isdisjoint(each.id for each in left)
    return f"ligger längre fram än {DAYS_AHEAD} dagar och visas inte än" if far else ""


def version(rows: list["Row"]) -> str:
    """16 hex characters that differ when the list shows something else."""
    shown = [(each.event, each.chosen, each.running, each.past) for each in rows]
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def row(world: World, event: Event, opened: str, slip: Slip) -> Row:
    """One booking; with the slip where it is about this one."""
    slip = slip if slip.event_id == event.id else Slip()
    choice, now, (starts_at, ends_at) = choice_of(world, event), world.now(), event.span
    return Row(
        event=event,
        choice=choice,
        chosen=chosen(world, choice),
        typed={**written(event, choice), **slip.typed},
        errors=slip.errors,
        open=bool(slip.errors) or opened == event.id,
        running=starts_at <= now < ends_at,
        past=ends_at <= now,
        shifts=shifts(event.all_day),
    )


def choice_of(world: World, event: Event) -> Choice:
    """The booking's own choice, else its series'."""
    master = world.events.get(event.series_id or "")
    for raw, of_series in ((event.choice, False), (master.choice if master else None, True)):
        bag = bag_of(raw)
        if bag.get("skip") is True:
            return Choice("skip", of_series=of_series)
        if isinstance(bag.get("reason"), str):
            return Choice(bag["reason"], str(bag.get("forwarding", "none")), of_series)
    return Choice()


def bag_of(raw: str | None) -> dict[str, Any]:
    """The JSON inside the JSON of the add-in's property; empty for what does not parse."""
    try:
        bag = json.loads(json.loads(raw or "{}")["choice"])
    except (ValueError, KeyError, TypeError):
        return {}
    return bag if isinstance(bag, dict) else {}


def chosen(world: World, choice: Choice) -> str:
    """The choice in words, empty without one."""
    if choice.value in ("", "skip"):
        return "Synkronisera inte" if choice.value else ""
    reason = world.pbx.reasons.get(choice.value, (choice.value,))[0]
    return f"{reason}, {FORWARDING.get(choice.forwarding, choice.forwarding).lower()}"


def written(event: Event, choice: Choice) -> dict[str, str]:
    """What a booking's forms show before anybody types."""
    first, last = first_day(event), last_day(event)
    return {
        "date": f"{first}",
        "end_date": "" if first == last else f"{last}",
        "start": clock(event.starts_at),
        "end": clock(event.ends_at),
        "show_as": event.show_as,
        "choice": choice.value,
        "forwarding": choice.forwarding,
    }


def blank(now: datetime) -> dict[str, str]:
    """What the booking form shows at first: half an hour from the next half-hour."""
    start = local(now).replace(minute=0, second=0, microsecond=0)
    start += timedelta(minutes=30 if local(now).minute < 30 else 60)
    end = start + timedelta(minutes=30)
    return {
        "subject": "",
        "date": f"{start:%Y-%m-%d}",
        "end_date": "" if end.date() == start.date() else f"{end:%Y-%m-%d}",
        "start": f"{start:%H:%M}",
        "end": f"{end:%H:%M}",
        "show_as": "busy",
        "repeat": "",
    }
