"""Contoso on a Wednesday in May: what the tests of the whole program book, ask and hear.

Anna's calendar unless another is named; local times of the Wednesday unless a `day` is given.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

from calendarsync import engine
from calendarsync.models import Provider, SyncedUser
from mss.simulators.world import Event, Person, World

from ..core.samples import STOCKHOLM, WEDNESDAY, at, clock

D = ("--rule", "busy=meeting:announcement")
A = (*D, "--rule", "oof=vacation:announcement")

# What is said of a 5xx.
AWAY = "The other side reports an error of its own. Nothing to do: it is tried again."


@dataclass
class Office:
    """A provider of Contoso with its world, and the hand on the clock. `told_before`: changes `told` has given."""

    world: World
    provider: Provider
    move_to: Callable[[datetime], None]
    told_before: int = 0
    asked_before: dict[str, int] = field(default_factory=dict)

    # In Outlook.

    def person(self, who: str = "anna") -> Person:
        return self.world.person(f"{who}@contoso.test")

    def book(
        self, start: str, end: str, show_as: str = "busy", *, who: str = "anna", day: int = 0, **fields: Any
    ) -> Event:
        fields = {"subject": "Budget", "show_as": show_as} | fields
        subject = fields.pop("subject")
        return self.world.book(self.person(who).id, subject, at(start, day), at(end, day), **fields)

    def book_days(self, first: date, last: date, show_as: str = "oof", **fields: Any) -> Event:
        """All day, from `first` up to, not including, `last`."""
        where = self.person().id
        return self.world.book(where, "Ledig", first, last, all_day=True, show_as=show_as, **fields)

    def book_daily(self, start: str, end: str, count: int, **fields: Any) -> list[Event]:
        """A series, an occurrence a day from the Wednesday on; the master comes first."""
        times = at(start), at(end)
        return self.world.book_series(self.person().id, "Avstämning", *times, 1, count, **fields)

    # In the service.

    def sync(self, now: str | None = None, day: int = 0) -> list[engine.Turn]:
        """All that is due, at a local time if one is given."""
        if now:
            self.move_to(at(now, day))
        return engine.run()

    def set(self, **settings: Any) -> None:
        """The administrator changes settings."""
        Provider.objects.filter(pk=self.provider.pk).update(**settings)
        self.provider.users.wish()

    def rule(self, show_as: str, **fields: Any) -> None:
        """The administrator changes a rule."""
        self.provider.rules.filter(show_as=show_as).update(**fields)
        self.provider.users.wish()

    def user(self, who: str = "anna") -> SyncedUser:
        return self.provider.users.get(extension=who)

    # In One X.

    def heard(self, now: str, day: int = 0, who: str = "anna") -> str:
        """What a caller hears and a colleague sees.

        `-` nobody is away · `lunch` information · `lunch, back 12:00` a caller hears it."""
        moment = at(now, day)
        seen = {extension.id: active for extension, active in self.world.pbx.directory("contoso", moment)}
        call = self.world.pbx.call(self.world.pbx.extensions[who].number, moment)
        if call["answered_by"] == "person":
            assert seen[who] is None or seen[who].forwarding == "none"
            return seen[who].reason if seen[who] else "-"
        assert call["reason"] == seen[who].reason
        return f"{call['reason']}, back {clock(call['returns_at'])}"

    def held(self, who: str = "anna") -> list[str]:
        """What One X holds for a person, by start."""
        absences = [each.change.absence for each in self.world.pbx.held("contoso", who)]
        return [_words(each) for each in sorted(absences, key=lambda each: (each.starts_at, each.ends_at))]

    def titles(self, who: str = "anna") -> list[str | None]:
        return [each.change.absence.title for each in self.world.pbx.held("contoso", who)]

    def told(self) -> list[str]:
        """The changes One X has taken since this was last asked."""
        log = [each for each in list(self.world.pbx.log)[self.told_before :] if each.status == "applied"]
        self.told_before = len(self.world.pbx.log)
        return [
            f"set v{each.change.version} {_words(each.change.absence)}"
            if each.change.absence
            else f"clear v{each.change.version}"
            for each in log
        ]

    def asked(self, path: str) -> int:
        """How many requests for such a path there have been since this was last asked; parts of a batch too."""
        count = sum(path in each.path for each in self.world.requests)
        new = count - self.asked_before.get(path, 0)
        self.asked_before[path] = count
        return new


def open_office(
    world: World,
    folder: Path,
    move_to: Callable[[datetime], None],
    *options: str,
    users: tuple[str, ...] = ("anna@contoso.test", "bertil@contoso.test"),
    name: str = "Office 365",
) -> Office:
    """An active provider as Telenor delivers it: known mailboxes, live subscriptions, nothing due."""
    provider = add_provider(world, folder, "--active", *options, users=users, name=name)
    office = Office(world, provider, move_to)
    engine.run()
    call_command("renewsubscriptions", stdout=NOWHERE)
    engine.run()
    office.told()
    return office


def add_provider(
    world: World, folder: Path, *options: str, users: tuple[str, ...] = (), name: str = "Office 365"
) -> Provider:
    file = folder / "users.csv"
    file.write_text("\n".join(["e-post", *users]), encoding="utf-8")
    tenant = next(iter(world.tenants))
    command = ["addprovider", "--customer", "contoso", "--kind", "exchange_online", "--tenant", tenant]
    more = ["--users", str(file)] if users else []
    call_command(*command, "--name", name, *more, *options, stdout=NOWHERE)
    return Provider.objects.select_related("company").get(name=name)


class Nowhere:
    """A stream nobody reads."""

    def write(self, text: str) -> None: ...

    def flush(self) -> None: ...


NOWHERE: Any = Nowhere()


def _words(absence: Any) -> str:
    starts, ends = absence.starts_at.astimezone(STOCKHOLM), absence.ends_at.astimezone(STOCKHOLM)
    days = starts.date() - WEDNESDAY
    day = f" day {days.days}" if days else ""
    over = ends.date() - starts.date()
    later = f"+{over.days}d" if over else ""
    back = f", back {clock(absence.returns_at)}" if absence.returns_at else ""
    return f"{starts:%H:%M}–{ends:%H:%M}{later}{day} {absence.reason}{back}"


def emails() -> list[str]:
    return list(SyncedUser.objects.order_by("pk").values_list("email", flat=True))


def everything_kept() -> str:
    """All that the database holds, as one text."""
    return "\n".join(map(repr, rows_of_all_tables().values()))


def rows_of_all_tables() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, so ordered that two answers can be compared."""
    kept: dict[str, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            kept[table] = sorted(cursor.fetchall(), key=repr)
    return kept
