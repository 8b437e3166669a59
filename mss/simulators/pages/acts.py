"""What the buttons of Spelplanen do to the world: each returns the event it was about and a key of `DONE`."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from ..world import Event, Person, World
from . import forms
from .words import today

Typed = Mapping[str, str]
Done = tuple[str, str]
Act = Callable[[World, Person, Typed], Done]

DONE = {
    "booked": "Bokningen är gjord.",
    "series_booked": "Serien är bokad.",
    "moved": "Bokningen är flyttad.",
    "extended": "Bokningen är förlängd.",
    "private": "Bokningen är privat.",
    "public": "Bokningen är inte längre privat.",
    "shown_as": "Visa som är ändrat.",
    "chosen": "Valet i tillägget är sparat.",
    "cancelled": "Bokningen är inställd.",
    "deleted": "Bokningen är borttagen.",
    "series_moved": "Hela serien är flyttad.",
    "series_deleted": "Hela serien är borttagen.",
    "gone": "Bokningen finns inte längre. Den kan ha tagits bort i en annan flik.",
}
# Those that may put a booking where the list does not reach.
TIMED = {"booked", "series_booked", "moved", "extended", "series_moved"}
OCCURRENCES = 5
SKIP = "skip"


class GoneError(Exception):
    """The event is no longer there, or is somebody else's."""


def book(world: World, person: Person, typed: Typed) -> Done:
    """The booking form."""
    draft = forms.draft(typed)
    fields: dict[str, Any] = {
        "all_day": draft.times.all_day,
        "show_as": draft.show_as,
        "sensitivity": "private" if draft.private else "normal",
    }
    wanted = person.id, draft.subject, draft.times.starts_at, draft.times.ends_at
    if draft.every_days:
        series = world.book_series(*wanted, every_days=draft.every_days, count=OCCURRENCES, **fields)
        return series[1].id, "series_booked"
    return world.book(*wanted, **fields).id, "booked"


def quick(subject: str, minutes: int, show_as: str = "busy", sensitivity: str = "normal") -> Act:
    """A booking that begins now."""

    def act(world: World, person: Person, typed: Typed) -> Done:
        now = world.now().replace(second=0, microsecond=0)
        end = now + timedelta(minutes=minutes)
        event = world.book(person.id, subject, now, end, show_as=show_as, sensitivity=sensitivity)
        return event.id, "booked"

    return act


def with_choice(act: Act, reason: str) -> Act:
    """The act, and the reason chosen in the add-in; with a diversion where the person has the service."""

    def chosen(world: World, person: Person, typed: Typed) -> Done:
        extension = world.pbx.extensions.get(person.extension_id or "")
        diverted = extension is not None and "diversion" in extension.services
        # Under the lock, so that no reading comes between.
        with world.lock:
            event_id, done = act(world, person, typed)
            world.set_choice(event_id, reason=reason, forwarding="announcement" if diverted else "none")
        return event_id, done

    return chosen


def vacation(world: World, person: Person, typed: Typed) -> Done:
    """The whole of tomorrow."""
    tomorrow = datetime.combine(today(world.now()) + timedelta(days=1), time.min, UTC)
    event = world.book(
        person.id, "Semester", tomorrow, tomorrow + timedelta(days=1), all_day=True, show_as="oof"
    )
    return event.id, "booked"


def found(world: World, person: Person, typed: Typed) -> Event:
    """The event that the form is about. Raises GoneError."""
    event = world.events.get(typed.get("event", ""))
    if event is None or event.person_id != person.id:
        raise GoneError
    return event


def move(world: World, person: Person, typed: Typed) -> Done:
    """New times; an all-day booking gets new days."""
    event = found(world, person, typed)
    times = forms.times({**typed, "all_day": "on"} if event.all_day else typed)
    return world.change(event.id, starts_at=times.starts_at, ends_at=times.ends_at).id, "moved"


def extend(world: World, person: Person, typed: Typed) -> Done:
    """30 minutes more, or a day."""
    event = found(world, person, typed)
    more = timedelta(days=1) if event.all_day else timedelta(minutes=30)
    return world.change(event.id, ends_at=event.ends_at + more).id, "extended"


def changed(word: str, **fields: object) -> Act:
    """An act that sets fields of the event."""

    def act(world: World, person: Person, typed: Typed) -> Done:
        return world.change(found(world, person, typed).id, **fields).id, word

    return act


def show(world: World, person: Person, typed: Typed) -> Done:
    """*Visa som*."""
    event = found(world, person, typed)
    return world.change(event.id, show_as=forms.show_as(typed)).id, "shown_as"


def choose(world: World, person: Person, typed: Typed) -> Done:
    """The choice in the add-in, for this booking or for its series (kept on the master)."""
    event = found(world, person, typed)
    choices = {"", SKIP, *world.pbx.reasons}
    choice, forwarding = forms.together(
        lambda: forms.one_of(typed, "choice", choices), lambda: forms.forwarding(typed)
    )
    target = event.series_id if "series" in typed and event.series_id else event.id
    if not choice:
        world.clear_choice(target)
    elif choice == SKIP:
        world.set_choice(target, skip=True)
    else:
        world.set_choice(target, reason=choice, forwarding=forwarding)
    return event.id, "chosen"


def delete(world: World, person: Person, typed: Typed) -> Done:
    world.delete(found(world, person, typed).id)
    return "", "deleted"


def series_of(world: World, person: Person, typed: Typed) -> str:
    """The series that the form's event belongs to. Raises GoneError."""
    series_id = found(world, person, typed).series_id
    if series_id is None:
        raise GoneError
    return series_id


def move_series(world: World, person: Person, typed: Typed) -> Done:
    """All of it by so many minutes; an all-day series by whole days."""
    minutes = int(forms.one_of(typed, "shift", forms.shifts(found(world, person, typed).all_day)))
    world.change_series(series_of(world, person, typed), shift=timedelta(minutes=minutes))
    return typed["event"], "series_moved"


def delete_series(world: World, person: Person, typed: Typed) -> Done:
    world.delete_series(series_of(world, person, typed))
    return "", "series_deleted"


# The value of the button that was pressed.
ACTS: dict[str, Act] = {
    "book": book,
    "meeting-now": quick("Möte", 30),
    "lunch-now": with_choice(quick("Lunch", 45, show_as="oof"), "lunch"),
    "private-now": quick("Läkarbesök", 30, sensitivity="private"),
    "vacation-tomorrow": with_choice(vacation, "vacation"),
    "move": move,
    "extend": extend,
    "private": changed("private", sensitivity="private"),
    "public": changed("public", sensitivity="normal"),
    "show-as": show,
    "choose": choose,
    "cancel": changed("cancelled", cancelled=True),
    "delete": delete,
    "move-series": move_series,
    "delete-series": delete_series,
}
