"""A list of users between its preview and its import, and what became of it.

It is a row of the session store: that has an end, is erased by `clearsessions`, and every process sees it. Its key is
of use to nobody but the session and the instance it was made in.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction

from .. import changes
from ..core.ports import Extension
from ..models import Provider
from ..userlist import LONGEST_ADDRESS, Row

KEPT = 3600  # seconds
LONGEST = LONGEST_ADDRESS + 1  # characters of a cell: as long as this is too long already


class Outcome(StrEnum):
    NEW = "new"
    KNOWN = "known"
    REFUSED = "refused"


class Entry(NamedTuple):
    """One row of the list as judged. `code`, `about`: of `userlist.Problem`, why it is refused."""

    line: int
    email: str
    asked: str
    outcome: str
    code: str = ""
    about: dict[str, Any] = {}  # nobody writes to it


@dataclass(frozen=True, slots=True)
class Draft:
    """`done`: it has been imported, and the entries say what really happened; `removed`: users not in the list."""

    key: str
    provider: Provider
    entries: list[Entry]
    done: bool = False
    removed: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many entries have each Outcome."""
        counted = Counter(entry.outcome for entry in self.entries)
        return {str(outcome): counted[outcome] for outcome in Outcome}

    @property
    def refused(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.outcome == Outcome.REFUSED]

    @property
    def rows(self) -> list[Row]:
        return [Row(entry.line, entry.email, entry.asked) for entry in self.entries]


def keep(owner: str, provider: Provider, rows: Iterable[Row]) -> str:
    """Its key. `owner`: the session it is for; `rows`: as judged."""
    SessionStore.clear_expired()
    store = SessionStore()
    store.set_expiry(KEPT)
    store.update({"list_of": owner, "provider": provider.pk, "entries": entries(rows)})
    store.create()
    return str(store.session_key)


def find(owner: str, provider: Provider, key: str) -> Draft | None:
    """None where there is no such list any more, or it is another's."""
    kept = SessionStore(session_key=key).load() if key.isalnum() else {}
    if not owner or kept.get("list_of") != owner or kept.get("provider") != provider.pk:
        return None
    listed = [Entry(*entry) for entry in kept["entries"]]
    return Draft(key, provider, listed, kept.get("done", False), kept.get("removed", 0))


def carry_out(owner: str, draft: Draft, extensions: Sequence[Extension], agreed: int, now: datetime) -> Draft:
    """Imports the list as `changes.import_users` does, once: whoever asks again gets what became of it.

    Raises StaleError, Provider.DoesNotExist, Session.DoesNotExist."""
    with transaction.atomic():
        Session.objects.select_for_update().only("pk").get(
            pk=draft.key
        )  # the second press waits for the first
        kept = find(owner, draft.provider, draft.key)
        if kept is None:
            raise Session.DoesNotExist
        if kept.done:
            return kept
        imported = changes.import_users(draft.provider, kept.rows, extensions, agreed, now)
        return _finish(kept, imported)


def _finish(draft: Draft, imported: changes.Imported) -> Draft:
    store = SessionStore(session_key=draft.key)
    store.update({"entries": entries(imported.rows), "done": True, "removed": imported.removed})
    store.save()
    listed = [Entry(*entry) for entry in store["entries"]]
    return Draft(draft.key, draft.provider, listed, True, imported.removed)


def entries(rows: Iterable[Row]) -> list[Entry]:
    """What is kept of each row."""
    return [_entry(row) for row in rows]


def _entry(row: Row) -> Entry:
    cells = row.line, row.email[:LONGEST], row.asked[:LONGEST]
    if row.code is None:
        return Entry(*cells, Outcome.KNOWN if row.known else Outcome.NEW)
    about = {name: value if isinstance(value, int) else str(value) for name, value in row.about.items()}
    about["asked"] = (row.asked or row.email)[:LONGEST]
    return Entry(*cells, Outcome.REFUSED, row.code, about)
