"""How the sync goes, for monitoring: one line and an exit code as monitoring plugins have them."""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, no_translations
from django.db import DatabaseError
from django.db.models import Count, Min, Q
from django.utils import timezone

from accounts.models import Company
from calendarsync.core.ports import MISSING
from calendarsync.management.speech import counted, examples
from calendarsync.models import Provider, SyncedUser

# monitoring-plugins.org/doc/guidelines.html
OK, LATE, BROKEN, UNKNOWN = range(4)
WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Found:
    """One instance that is not well; `since`: when that began, where it is known."""

    provider: int
    level: int
    code: str
    users: int
    since: datetime | None

    def __str__(self) -> str:
        since = f" since {self.since:%Y-%m-%dT%H:%M:%SZ}" if self.since else ""
        return f"provider {self.provider} {self.code} ({counted(self.users)}){since}"


def seconds(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 10**8:
        return int(text)
    raise ArgumentTypeError(f"{text!r}: give a whole number of seconds")


class Command(BaseCommand):
    help = "How the sync goes, for monitoring. Exit codes: 0 ok, 1 some users late, 2 stale or broken, 3 unknown."
    requires_system_checks = []  # a refusal to start would exit with 1, which here means late

    def add_arguments(self, parser: ArgumentParser) -> None:
        examples(
            parser, "manage.py syncstatus", "manage.py syncstatus --company contoso --max-age 7200 --json"
        )
        parser.add_argument("--company", metavar="ID", help="only this customer of One X")
        parser.add_argument(
            "--max-age", type=seconds, default=3900, metavar="SECONDS", help="who is older is late (3900)"
        )
        parser.add_argument("--json", action="store_true")
        parser.error = self._refuse  # type: ignore[method-assign]  # argparse's own code 2 would mean broken

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._tell(options["company"], options["max_age"], options["json"])
        except DatabaseError as error:
            self._refuse(f"the database does not answer: {type(error).__name__}")

    def _tell(self, company: str | None, max_age: int, as_json: bool) -> None:
        now = timezone.now()
        providers = Provider.objects.filter(active=True, state=Provider.State.READY)
        if company is not None:
            if not Company.objects.filter(customer=company).exists():
                self._refuse(f"there is no company {company}")
            providers = providers.filter(company__customer=company)
        rows = list(_counted(providers, now - timedelta(seconds=max_age)))
        found = [each for row in rows if (each := _judged(row))]
        figures = {
            "providers": len(rows),
            "users": sum(row.followed for row in rows),
            "late": sum(row.late for row in rows),
            "broken": sum(each.level == BROKEN for each in found),
        }
        level = max((each.level for each in found), default=OK)
        self.stdout.write(_json(level, figures, found) if as_json else _line(level, figures, found))
        if level:
            sys.exit(level)

    def _refuse(self, message: str) -> NoReturn:
        self.stdout.write(f"SYNC UNKNOWN - {message}")
        sys.exit(UNKNOWN)


def _counted(providers: Any, edge: datetime) -> Iterator[Any]:
    """Each instance with its users who should be read, and how many of them were not for too long; one query.

    A mailbox that is missing is the customer's to mend, and no delay."""
    followed = Q(users__active=True, users__state=SyncedUser.State.ACTIVE) & ~Q(users__trouble__in=MISSING)
    waiting = Q(users__requested_at__lt=edge)
    never = Q(users__last_synced_at=None) & (Q(users__requested_at=None) | waiting)
    # Without readings that nobody asks for, only an unheard wish is late.
    late = never | Q(users__last_synced_at__lt=edge) if settings.READ_INTERVAL else waiting
    return iter(
        providers.order_by("pk").annotate(
            followed=Count("users", filter=followed),
            late=Count("users", filter=followed & late),
            oldest=Min("users__last_synced_at", filter=followed & late),
        )
    )


def _judged(row: Any) -> Found | None:
    if row.trouble:
        return Found(row.pk, BROKEN, row.trouble, row.followed, row.trouble_since)
    if row.braked_at:
        return Found(row.pk, BROKEN, "paused", row.followed, row.braked_at)
    if not row.late:
        return None
    stale = row.late == row.followed
    return Found(row.pk, BROKEN if stale else LATE, "stale" if stale else "late", row.late, row.oldest)


def _line(level: int, figures: dict[str, int], found: list[Found]) -> str:
    worst = sorted(found, key=lambda each: -each.level)
    told = "; ".join(map(str, worst[:MOST_NAMED]))
    more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    well = f"{figures['providers']} active providers, {counted(figures['users'])}"
    measured = " ".join(f"{name}={value}" for name, value in figures.items())
    return f"SYNC {WORDS[level]} - {told + more or well} | {measured}"


def _json(level: int, figures: dict[str, int], found: list[Found]) -> str:
    problems = [
        {"provider": each.provider, "code": each.code, "users": each.users, "since": each.since}
        for each in found
    ]
    return orjson.dumps({"status": WORDS[level].lower(), **figures, "problems": problems}).decode()
