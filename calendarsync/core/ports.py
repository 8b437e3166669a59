"""What the core needs from outside: a calendar to read and a telephone exchange to tell.

The consumer owns these. Errors are named by what the caller can do; each carries a `code` that `health.py`
explains to an administrator.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from .booking import Absence, Booking
from .plan import Clear, Set
from .window import Window


class PortError(Exception):
    """Something outside said no. `code` is one of ours; `detail` is for logs: no personal data, no secret."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class Unavailable(PortError):  # noqa: N818 - named by what the caller can do, like the next two
    """Try again later. `retry_after`: seconds the other side asked for, or None.

    Codes: throttled, unreachable, server_error, bad_answer, timeout, notifications_blocked,
    unknown_customer.
    """

    def __init__(self, code: str = "unreachable", detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after


class Refused(PortError):  # noqa: N818
    """Stop this provider until somebody mends it. Codes: consent_revoked, app_disabled, tenant_gone,
    permission_missing, blocked_by_policy, service_missing, our_credentials, onex_token."""


MISSING = frozenset({"mailbox_not_found", "no_mailbox", "mailbox_denied", "address_ambiguous"})


class Missing(PortError):  # noqa: N818
    """This mailbox, or a subscription (subscription_gone, which the caller mends by itself), and no other.

    Codes: mailbox_not_found, no_mailbox, mailbox_denied, address_ambiguous."""


SourceError = Unavailable | Refused | Missing
PbxError = Unavailable | Refused


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`id` is Microsoft's own and survives a new address.

    `email` is the primary address, `aliases` are the others, in lower case.
    """

    id: str
    email: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One complete answer for one mailbox and window.

    `unreadable`: ids of items that could not be parsed; their rows keep what was last delivered.
    `until`: set when the answer was cut at a number of items: complete only for what starts before it.
    """

    bookings: tuple[Booking, ...] = ()
    unreadable: frozenset[str] = field(default_factory=frozenset)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Callback:
    """Where notifications for a mailbox go, and the secret that must come back (at most 128 characters)."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A live subscription at Microsoft: its id there and when it ends (UTC)."""

    id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Extension:
    """A One X subscription (*abonnemang*). `number` is E.164; `diversion`: it has the diversion service."""

    id: str
    number: str
    name: str
    email: str | None
    diversion: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """An absence reason of One X's list, with its words."""

    code: str
    label_sv: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Customer:
    """A company as One X knows it."""

    id: str
    name: str
    organisation_number: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Applied:
    """One X holds it (or nothing, for a clear)."""


@dataclass(frozen=True, slots=True)
class Stale:
    """One X has seen `held_version` of this key, which is higher than what was sent."""

    held_version: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """One X will never take this change as it is. Codes: onex.md, `absences:apply`."""

    code: str
    detail: str = ""


class CalendarSource(Protocol):
    """Microsoft's side of one provider. Every method that takes many answers each alone, in any order."""

    def read(
        self, mailboxes: Sequence[Mailbox], window: Window
    ) -> Iterator[tuple[Mailbox, Reading | SourceError]]: ...

    def find(self, emails: Sequence[str]) -> Iterator[tuple[str, Mailbox | SourceError]]: ...

    def subscribe(
        self, asked: Sequence[tuple[Mailbox, Callback]]
    ) -> Iterator[tuple[Mailbox, Subscribed | SourceError]]: ...

    def renew(self, ids: Sequence[str]) -> Iterator[tuple[str, Subscribed | SourceError]]: ...

    def unsubscribe(self, ids: Sequence[str]) -> Iterator[tuple[str, SourceError | None]]: ...


class Pbx(Protocol):
    """One X's side of one company."""

    def customer(self) -> Customer: ...

    def extension(self, email: str) -> Extension | None: ...

    def search(self, q: str) -> Iterator[Extension]: ...

    def reasons(self) -> list[Reason]: ...

    def apply(self, changes: Sequence[Set | Clear]) -> list[Applied | Stale | Rejected | PbxError]:
        """One answer per change, in the order asked. Raises PbxError when the whole call failed."""
        ...

    def held(self, extension: str) -> list[tuple[Absence, int]]:
        """What One X holds from us for one extension, each with its version."""
        ...
