"""How Graph spells an event's identity and times."""

import base64
import binascii
from datetime import UTC, datetime

from .records import Event

# Real ids are long, url-safe, case-sensitive, and tell the two forms apart by their first letters.
IMMUTABLE = "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A"
ORDINARY = "AAMkAGI1NzQ4Y2ZkLTQyYjUtNDNkNy04ZjI4LTk0NmUxMWFiMDU0YwBGAAAAAAB"


def wire_id(event: Event, immutable: bool) -> str:
    """The id as Graph gives it: the ordinary form changes when the item moves between folders."""
    return encode(event.id, immutable, event.moves)


def encode(ident: str, immutable: bool, moves: int = 0) -> str:
    text = ident if immutable else f"{ident}.{moves}"
    return (IMMUTABLE if immutable else ORDINARY) + base64.urlsafe_b64encode(text.encode()).decode()


def decode(text: str) -> tuple[str, int | None]:
    """Our id, and for the ordinary form how often the item had moved. Raises ValueError for neither form."""
    head = next((each for each in (IMMUTABLE, ORDINARY) if text.startswith(each)), None)
    if head is None:
        raise ValueError(text)
    try:
        inner = base64.urlsafe_b64decode(text.removeprefix(head)).decode("ascii")
    except (binascii.Error, UnicodeError) as error:
        raise ValueError(text) from error
    ident, _, moves = inner.partition(".")
    return ident, int(moves) if head is ORDINARY else None


def etag(event: Event) -> str:
    key = base64.b64encode(f"{event.id[:8]}{event.etag:06}".encode()).decode()
    return f'W/"{key}"'


def stamp(moment: datetime) -> str:
    """A DateTimeOffset in UTC, seven decimals: `2026-11-24T09:00:00.0000000Z`."""
    return local_stamp(moment) + "Z"


def local_stamp(moment: datetime) -> str:
    """The dateTime of a dateTimeTimeZone, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0"
