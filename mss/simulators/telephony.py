"""What the simulated One X is made of: customers, extensions, people, and what is held for them."""

from dataclasses import dataclass, field
from datetime import datetime

from .announcement import LABELS
from .changes import Change


@dataclass
class Customer:
    """A company with a One X exchange. `time_zone` is an IANA name."""

    id: str
    name: str
    organisation_number: str
    time_zone: str = "Europe/Stockholm"


@dataclass
class Extension:
    """A One X subscription. `number` is E.164; `services` may hold `diversion`."""

    id: str
    customer_id: str
    number: str
    name: str
    email: str | None
    services: list[str] = field(default_factory=list)


@dataclass
class Membership:
    """What a Telenor ID person is at one customer."""

    customer_id: str
    administrator: bool = False
    extension_id: str | None = None


@dataclass
class TelenorPerson:
    """Who can sign in with Telenor ID."""

    telenor_id: str
    name: str
    email: str
    language: str = "sv"
    memberships: list[Membership] = field(default_factory=list)


@dataclass(frozen=True)
class HeldAbsence:
    """What One X knows under one key: the last change accepted, also when it cleared.

    `overridden`: a person changed it by hand, or removed it (`removed`).
    """

    customer_id: str
    change: Change
    overridden: bool = False
    removed: bool = False

    @property
    def cleared(self) -> bool:
        return self.change.op == "clear"

    @property
    def version(self) -> int:
        return self.change.version


@dataclass(frozen=True)
class Active:
    """A state of an extension: from our API (`key`) or set by hand. `label` is the reason's Swedish word."""

    extension_id: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    forwarding: str = "none"
    title: str | None = None
    returns_at: datetime | None = None
    all_day: bool = False
    priority: int = 0
    key: str | None = None

    @property
    def label(self) -> str:
        return LABELS[self.reason][0]

    @property
    def more(self) -> str:
        """The title, where it says more than the reason."""
        title = self.title or ""
        return "" if title.casefold() == self.label.casefold() else title

    @property
    def by_hand(self) -> bool:
        return self.key is None


@dataclass(frozen=True)
class Logged:
    """One change as it was answered; `call` counts the apply calls from 1."""

    at: datetime
    call: int
    customer_id: str
    change: Change
    status: str
    code: str | None
