"""A small world, and its faces without a network."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from mss.simulators.application import application
from mss.simulators.pbx import Customer, Extension
from mss.simulators.records import Event, Person, Tenant
from mss.simulators.token import issue
from mss.simulators.world import World

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
IMMUTABLE = {"Prefer": 'IdType="ImmutableId", outlook.timezone="UTC"'}
WINDOW = {"startDateTime": "2026-11-23T00:00:00Z", "endDateTime": "2026-12-10T00:00:00Z"}
OURS = "id,seriesMasterId,start,end,isAllDay,isCancelled,showAs,sensitivity,responseStatus"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Faces:
    """Asks the world's faces as the product would: with a token, JSON both ways."""

    world: World
    tenant: Tenant
    anna: Person
    bo: Person

    def graph(
        self,
        method: str,
        path: str,
        query: Any = None,
        body: Any = None,
        token: str | None = None,
        **headers: str,
    ) -> TestResponse:
        token = issue(self.world, self.tenant) if token is None else token
        return self._ask(f"/v1.0{path}", method, query, body, {**headers, "Authorization": f"Bearer {token}"})

    def onex(
        self, method: str, path: str, query: Any = None, body: Any = None, **headers: str
    ) -> TestResponse:
        token = {"Authorization": f"Bearer {self.world.secrets.onex_token}"}
        return self._ask(f"/v1{path}", method, query, body, token | headers)

    def plain(self, method: str, path: str, **more: Any) -> TestResponse:
        return Client(application(self.world)).open(path, method=method, **more)

    def _ask(self, path: str, method: str, query: Any, body: Any, headers: dict[str, str]) -> TestResponse:
        text = None if body is None else body if isinstance(body, bytes) else json.dumps(body)
        kind = None if body is None else "application/json"
        client = Client(application(self.world))
        return client.open(
            path, method=method, query_string=query, data=text, headers=headers, content_type=kind
        )

    def view(self, person: Person, headers: dict[str, str] = IMMUTABLE, **query: str) -> list[dict[str, Any]]:
        """One page of a calendar view."""
        answer = self.graph("GET", f"/users/{person.id}/calendarView", WINDOW | query, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json["value"]

    def book(self, hours: float = 1, subject: str = "Möte", **fields: Any) -> Event:
        """An hour for Anna, so many hours from now."""
        start = NOW + timedelta(hours=hours)
        return self.world.book(self.anna.id, subject, start, start + timedelta(hours=1), **fields)


def code(answer: TestResponse) -> tuple[int, str]:
    """Status and Graph's word for an error."""
    return answer.status_code, answer.json["error"]["code"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> World:
    world = World(clock)
    world.pbx.customers["contoso"] = Customer("contoso", "Contoso AB", "559900-1001")
    for number, name, services in ((1, "Anna Berg", ["diversion"]), (2, "Bo Ek", [])):
        email = f"{name.lower().replace(' ', '.')}@contoso.test"
        extension = Extension(f"x{number}", "contoso", f"+4610490000{number}", name, email, services)
        world.pbx.extensions[extension.id] = extension
    return world


@pytest.fixture
def faces(world: World) -> Faces:
    tenant = world.add_tenant("Contoso AB", ["contoso.test"])
    anna = world.add_person(tenant, "Anna Berg", "anna.berg@contoso.test", aliases=["anna@contoso.test"])
    bo = world.add_person(tenant, "Bo Ek", "bo.ek@contoso.test", mailbox=False)
    return Faces(world, tenant, anna, bo)
