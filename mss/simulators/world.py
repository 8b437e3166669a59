"""The simulated world's memory: people, calendars, subscriptions to changes, and a telephone exchange.

One lock guards it; `revision` grows with every change. Times are aware UTC; all-day events hold dates.
"""

import os
import pickle
import random
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .calendars import Calendars
from .faults import Faults
from .notify import Notifier, Send
from .pbx import Pbx
from .records import Event, Person, Subscription, Tenant
from .telenor_id.memory import Memory

__all__ = ["Asked", "Event", "Person", "Secrets", "Subscription", "Tenant", "World"]


@dataclass
class Secrets:
    """What the faces let in. `certificates`: PEM texts registered for client assertions."""

    client_id: str = "5d0f3c8e-8a53-4c2b-9e0e-6a8f3a1f7b10"
    client_secret: str = "simulated-client-secret"  # noqa: S105
    certificates: list[str] = field(default_factory=list)
    onex_token: str = "simulated-onex-token"  # noqa: S105
    addin_id: str = "9c2a3f7e-51d4-4b8a-a1c6-0f5f6d2e8b47"
    signing_key: str = "simulated-signing-key-of-32-bytes-and-more"
    telenor_id_client_id: str = "microsoft-sync"
    telenor_id_client_secret: str = "simulated-telenor-id-secret"  # noqa: S105


@dataclass(frozen=True)
class Asked:
    """A request as a face saw it, without secrets. `part`: inside a `$batch`."""

    face: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    at: datetime
    part: bool = False


def utcnow() -> datetime:
    return datetime.now(UTC)


class World(Calendars):
    """Everything there is.

    `notifications` is "http", or a callable that takes a URL and the payload (then there is no handshake).
    `expand_on_calendar_view`: whether Graph honours `$expand` of the add-in's property there; reports differ.
    `overshares`: Graph returns every field of an event whatever was selected, as it has been seen to do.
    """

    def __init__(self, clock: Callable[[], datetime] = utcnow, seed: int = 7) -> None:
        super().__init__()
        self.clock = clock
        self.tenants: dict[str, Tenant] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.pbx = Pbx(self.now, self.lock)
        self.telenor_id = Memory()
        self.faults = Faults()
        self.secrets = Secrets()
        self.requests: deque[Asked] = deque(maxlen=10_000)
        self.expand_on_calendar_view = True
        self.overshares = False
        self.notifier = Notifier(self)
        self._chance = random.Random(seed)
        self._revision = 0

    def now(self) -> datetime:
        return self.clock()

    @property
    def revision(self) -> int:
        return self._revision + self.pbx.revision

    @property
    def notifications(self) -> str | Send:
        return self.notifier.send or "http"

    @notifications.setter
    def notifications(self, way: str | Send) -> None:
        self.notifier.send = None if isinstance(way, str) else way

    def new_id(self) -> str:
        """A GUID; the same ones in the same order from the same seed."""
        return str(uuid.UUID(int=self._chance.getrandbits(128), version=4))

    # People.

    def add_tenant(self, name: str, domains: Iterable[str]) -> Tenant:
        tenant = Tenant(self.new_id(), name, list(domains))
        self.tenants[tenant.id] = tenant
        self.touch()
        return tenant

    def tenant(self, name: str) -> Tenant | None:
        """By id or domain, in any case."""
        found = (each for each in self.tenants.values() if name.lower() in {each.id, *each.domains})
        return self.tenants.get(name.lower()) or next(found, None)

    def add_person(self, tenant: Tenant, name: str, email: str, **fields: Any) -> Person:
        given, _, surname = name.partition(" ")
        fields = {"given_name": given, "surname": surname, "upn": email} | fields
        person = Person(id=self.new_id(), tenant_id=tenant.id, name=name, email=email, **fields)
        with self.lock:
            self.people[person.id] = person
            self._by_person[person.id] = {}
        self.touch()
        return person

    def person(self, email_or_id: str) -> Person:
        """By id, or primary address, alias or UPN in any case. Raises KeyError."""
        if email_or_id in self.people:
            return self.people[email_or_id]
        for each in self.people.values():
            if each.answers_to(email_or_id):
                return each
        raise KeyError(email_or_id)

    # Telling others.

    def tell(self, change_type: str, event: Event) -> None:
        for each in self.subscriptions_of(event.person_id):
            if change_type in each.change_type.split(","):
                self.notifier.change(each, change_type, event)

    def subscriptions_of(self, person_id: str) -> list[Subscription]:
        """The live ones."""
        with self.lock:
            every = list(self.subscriptions.values())
        return [each for each in every if each.person_id == person_id and each.expires_at > self.now()]

    def lifecycle(self, subscription_id: str, event: str) -> None:
        """Send reauthorizationRequired, missed or subscriptionRemoved (and remove it). Raises KeyError."""
        subscription = self.subscriptions[subscription_id]
        if event == "subscriptionRemoved":
            self.unsubscribe(subscription_id)
        self.notifier.lifecycle(subscription, event)

    def subscribe(self, subscription: Subscription) -> None:
        with self.lock:
            self.subscriptions[subscription.id] = subscription
            self.touch()

    def unsubscribe(self, subscription_id: str) -> None:
        with self.lock:
            del self.subscriptions[subscription_id]
            self.touch()

    def touch(self) -> None:
        self._revision += 1

    # Keeping.

    def save(self, path: Path | str) -> None:
        """Write all of it to a file in one step."""
        path = Path(path)
        fresh = path.with_suffix(".new")
        with self.lock:
            fresh.write_bytes(pickle.dumps(self))
        os.replace(fresh, path)

    @classmethod
    def load(cls, path: Path | str, clock: Callable[[], datetime] = utcnow) -> "World":
        """The world of a file written by `save`; only for files of our own."""
        world = pickle.loads(Path(path).read_bytes())  # noqa: S301
        assert isinstance(world, cls)
        world.clock = clock
        return world

    def __getstate__(self) -> dict[str, Any]:
        # Locks, threads and the clock stay behind; what was asked is no memory of the world.
        gone = {"lock", "clock", "notifier", "requests"}
        return {name: value for name, value in vars(self).items() if name not in gone}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # A world kept before Telenor ID was there knows nothing of it.
        vars(self).update({"telenor_id": Memory()} | state)
        self.clock = utcnow
        self.lock = threading.RLock()
        self.requests = deque(maxlen=10_000)
        self.notifier = Notifier(self)
        self.pbx.lock, self.pbx.clock = self.lock, self.now
