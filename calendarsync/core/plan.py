"""What must change at One X, as a truth table of what is wanted and what is held."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from .booking import Absence


@dataclass(frozen=True, slots=True)
class Set:
    """After it, One X holds exactly this absence under its key."""

    key: str
    extension: str
    version: int
    absence: Absence


@dataclass(frozen=True, slots=True)
class Clear:
    """After it, One X holds nothing under this key."""

    key: str
    extension: str
    version: int


@dataclass(frozen=True, slots=True)
class Held:
    """What we last wanted One X to hold for a booking: a row, without its bookkeeping of deliveries."""

    key: str
    item_id: str
    extension: str
    version: int
    payload_hash: str
    ends_at: datetime
    withdrawn: bool = False
