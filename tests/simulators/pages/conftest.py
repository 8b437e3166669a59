"""A small world on a Tuesday morning, and a browser without scripts in front of its pages."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from mss.simulators.pages import application
from mss.simulators.pbx import Customer, Extension
from mss.simulators.world import Event, Person, World

# 10:10 in Stockholm.
NOW = datetime(2026, 11, 24, 9, 10, tzinfo=UTC)
TODAY = "2026-11-24"


def text_of(part: str) -> str:
    """The words of a piece of HTML, as a reader sees them."""
    part = re.sub(r'<span class="nb">([^<]*)</span>|<wbr>', r"\1", part)  # splits no word
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", part)).split())


@dataclass
class Page:
    """An answer, with its parts found by id."""

    answer: TestResponse

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def html(self) -> str:
        return self.answer.text

    @property
    def text(self) -> str:
        return text_of(self.html.partition("</head>")[2])

    def part(self, name: str) -> str:
        """The words of the element with this id; its closing tag is the one on the same depth."""
        return text_of(element(self.html, name))

    def typed(self, field: str) -> str:
        """What a field of the page holds."""
        found = re.search(rf'<input[^>]*id="{re.escape(field)}"[^>]*value="([^"]*)"', self.html)
        assert found, field
        return unescape(found[1])

    def events(self) -> list[str]:
        """The ids of the bookings in the list."""
        return re.findall(r'data-event="([^"]*)"', self.html)


def element(html: str, name: str) -> str:
    opening = re.search(rf'<(\w+)[^>]*\bid="{re.escape(name)}"[^>]*>', html)
    assert opening, f"no element {name}"
    depth = 0
    for tag in re.finditer(rf"<(/?){opening[1]}\b[^>]*>", html[opening.start() :]):
        depth += -1 if tag[1] else 1
        if not depth:
            return html[opening.start() : opening.start() + tag.end()]
    raise AssertionError(f"{name} never ends")


@dataclass
class Player:
    """Somebody at the browser, playing with one person."""

    world: World
    person: Person
    client: Client

    def get(self, path: str = "", **headers: str) -> Page:
        return Page(self.client.get(path or f"/?person={self.person.email}", headers=headers))

    def press(self, do: str, **typed: Any) -> Page:
        """Post a form by its button, without following the redirect."""
        return Page(self.client.post(f"/?person={self.person.email}", data={"do": do, **typed}))

    def follow(self, page: Page) -> Page:
        return self.get(page.answer.location.partition("#")[0])

    def book(self, **typed: Any) -> Page:
        """The booking form, filled in but for what is given."""
        filled = {"subject": "Möte", "date": TODAY, "start": "13:00", "end": "14:00", "show_as": "busy"}
        return self.press("book", **filled | {"repeat": "", "end_date": ""} | typed)

    def has(self, event_id: str) -> Event:
        return self.world.events[event_id]

    @property
    def only(self) -> Event:
        """The one event of the person."""
        (event,) = self.world.calendar(self.person.id)
        return event

    def hold(self, **fields: Any) -> None:
        """One X gets an absence for the person through its API: a meeting of an hour, from now."""
        change = {
            "op": "set",
            "key": "k",
            "extension": self.person.extension_id,
            "version": 1,
            "starts_at": NOW.isoformat(),
            "ends_at": (NOW + timedelta(hours=1)).isoformat(),
            "all_day": False,
            "reason": "meeting",
            "forwarding": "none",
            "priority": 4,
            "title": None,
            "returns_at": None,
        }
        (result,) = self.world.pbx.apply("contoso", [change | fields])
        assert result["status"] == "applied"


def enrol(world: World, name: str, number: int, **fields: Any) -> Person:
    """A person of Contoso with a subscription that has the diversion service."""
    tenant = world.tenant("contoso.test") or world.add_tenant("Contoso AB", ["contoso.test"])
    world.pbx.customers.setdefault("contoso", Customer("contoso", "Contoso AB", "556677-8899"))
    email = f"{name.split()[0].lower()}.{number}@contoso.test"
    extension = Extension(f"x{number}", "contoso", f"+46104{number:06d}", name, email, ["diversion"])
    world.pbx.extensions[extension.id] = extension
    return world.add_person(tenant, name, email, extension_id=extension.id, **fields)


@pytest.fixture
def world() -> World:
    return World(clock=lambda: NOW)


@pytest.fixture
def anna(world: World) -> Player:
    return Player(world, enrol(world, "Anna Berg", 100001), Client(application(world)))
