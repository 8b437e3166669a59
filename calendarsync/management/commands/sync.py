"""Synchronise now: what is due, or what is named."""

import signal
import time
from argparse import ArgumentParser
from collections import Counter
from datetime import datetime
from threading import Event
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, no_translations
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import override

from calendarsync import engine, health, rehearsal, watch
from calendarsync.management import lines
from calendarsync.management.speech import counted, examples
from calendarsync.models import Provider, SyncedUser
from calendarsync.models.user import SyncedUserQuerySet
from mss import leash

FAILED, WRONG_USE, PARTLY, AWAY = 1, 2, 3, 4
ONCE = ("provider", "user", "full", "dry_run", "json")  # what has no meaning beside --watch
PASSING = {"throttled", "unreachable", "timeout", "server_error", "bad_answer"}


class Tally:
    """What turns came to, added up as they come: nothing of a turn is kept."""

    def __init__(self) -> None:
        self.users: set[int] = set()
        self.read: set[int] = set()
        self.failed: dict[int, str] = {}
        self.away: Counter[str] = Counter()
        self.changed = self.sent = 0

    def add(self, turn: engine.Turn) -> None:
        self.users |= {user.pk for user in turn.users}
        self.read |= turn.stored.read
        self.failed |= turn.stored.failed | turn.sent.refused
        self.changed += turn.stored.changed
        self.sent += len(turn.sent.delivered)
        if turn.sent.unavailable:
            self.away[turn.sent.unavailable] += 1

    @property
    def figures(self) -> dict[str, Any]:
        return {
            "users": len(self.users),
            "read": len(self.read),
            "changed": self.changed,
            "sent": self.sent,
            "failed": len(self.failed),
            "waiting_for_onex": self.away.total(),
        }


class Command(BaseCommand):
    help = "Synchronise now: what is due, or what is named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        examples(
            parser,
            "manage.py sync --user anna.berg@contoso.test",
            "manage.py sync --full --json",
        )
        parser.add_argument(
            "--provider", type=int, metavar="ID", help="only this provider's users, due or not"
        )
        parser.add_argument("--user", metavar="MAIL", help="only this user, due or not")
        parser.add_argument("--full", action="store_true", help="read every calendar again, due or not")
        parser.add_argument(
            "--dry-run", action="store_true", help="read, show what would change, write nothing"
        )
        parser.add_argument("--watch", action="store_true", help="keep running: the engine of one machine")
        parser.add_argument(
            "--json", action="store_true", help="one JSON object with the figures on the last line"
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        if options["watch"]:
            self._refuse_beside_watch(options)
            self._watch()
            return
        users = self._named(options["provider"], options["user"])
        if options["dry_run"]:
            self._rehearse(users if users is not None else SyncedUser.objects.listed(), options["json"])
            return
        self._once(users, options["full"], options["json"])

    def _refuse_beside_watch(self, options: dict[str, Any]) -> None:
        given = [f"--{name.replace('_', '-')}" for name in ONCE if options[name] not in (None, False)]
        if given:
            raise CommandError(
                f"--watch follows everybody: leave out {', '.join(given)}.", returncode=WRONG_USE
            )

    def _named(self, provider: int | None, email: str | None) -> QuerySet[SyncedUser] | None:
        """The users somebody named, None for whoever is due."""
        if provider is None and email is None:
            return None
        users = SyncedUser.objects.listed()
        if provider is not None:
            if not Provider.objects.filter(pk=provider).exists():
                raise CommandError(f"There is no provider {provider}.")
            users = users.filter(provider=provider)
        if email is not None:
            users = users.filter(email__iexact=email)
            if not users.exists():
                raise CommandError(f"No user has the address {email}.")
        return users

    # Once

    def _once(self, users: QuerySet[SyncedUser] | None, full: bool, as_json: bool) -> None:
        started, now = time.monotonic(), timezone.now()
        only = None if users is None else list(users.values_list("pk", flat=True))
        asked = SyncedUser.objects.listed() if only is None else SyncedUser.objects.filter(pk__in=only)
        if only is not None:
            asked.wish(now, wakes=False)
            Provider.objects.filter(users__in=only).update(braked_at=None)  # somebody looked and said go on
        elif full:
            with transaction.atomic():
                asked.locked().update(read_due_at=now, due_at=now)
        tally = Tally()
        for turn in engine.turns(only):
            tally.add(turn)
        self._tell_failures(tally)
        waiting = self._tell_waiting(asked.exclude(pk__in=tally.failed), now) if only or full else 0
        seconds = round(time.monotonic() - started, 3)
        passing = PASSING.issuperset(tally.failed.values())
        self._show(tally.figures | {"waiting": waiting, "seconds": seconds}, as_json, passing)

    def _tell_failures(self, tally: Tally) -> None:
        for code, count in Counter(tally.failed.values()).items():
            pks = [pk for pk, each in tally.failed.items() if each == code]
            self.stderr.write(f"{code}: {_some(pks, count)}. {health.explained(code)}")
        for code, count in tally.away.items():
            self.stderr.write(f"One X, {code} ({count} times): {health.explained(code)}")

    def _tell_waiting(self, users: SyncedUserQuerySet, now: datetime) -> int:
        """Who was asked for and could not be read now, and why not. Answers how many."""
        unread = Q(read_seq__lt=F("requested_seq")) | Q(read_due_at__lte=now)
        pks = list(users.filter(unread, due_at__lte=timezone.now()).values_list("pk", flat=True))
        if pks:
            self.stderr.write(
                f"waiting: {_some(pks, len(pks))}. They are being read by another process, or were told to wait."
            )
        return len(pks)

    def _show(self, figures: dict[str, Any], as_json: bool, away: bool) -> None:
        """`away`: whatever failed will pass by itself."""
        if as_json:
            self.stdout.write(orjson.dumps(figures).decode())
        else:
            self.stdout.write(
                "{}: {read} read, {changed} bookings changed, {sent} changes sent to One X, "
                "{failed} failed, {seconds:.1f} s".format(counted(figures["users"]), **figures)
            )
        if figures["waiting_for_onex"] or (away and figures["failed"] and not figures["read"]):
            raise CommandError("The other side is away; what is due is tried again.", returncode=AWAY)
        if missed := figures["failed"] + figures["waiting"]:
            some = figures["read"] or figures["changed"] or figures["waiting"]
            raise CommandError(f"{counted(missed)} not synchronised.", returncode=PARTLY if some else FAILED)

    # Dry run

    def _rehearse(self, users: QuerySet[SyncedUser], as_json: bool) -> None:
        count: Counter[str] = Counter()
        for each in rehearsal.rehearse(users, timezone.now()):
            count.update(
                users=1, read=int(each.read), failed=int(bool(each.trouble)), changed=len(each.changes)
            )
            trouble = [f"{each.trouble}: {health.explained(each.trouble)}"] if each.trouble else []
            for line in [*trouble, *each.changes]:
                self.stderr.write(f"{each.user.email}: {line}")
        figures = {name: count[name] for name in ("users", "read", "changed", "failed")}
        words = "{}: {read} read, {changed} bookings would change, {failed} failed"
        told = words.format(counted(figures["users"]), **figures)
        self.stdout.write(orjson.dumps(figures).decode() if as_json else told)
        if failed := figures["failed"]:
            raise CommandError(
                f"{counted(failed)} not read.", returncode=PARTLY if figures["read"] else FAILED
            )

    # Watch

    def _watch(self) -> None:
        stop = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        leash.follow()
        self.stderr.write("Watching. Ctrl-C ends it after what is under way.")
        watch.watch(stop, self._report)

    @override(None)  # called by other threads than the one `no_translations` covers
    def _report(self, turn: engine.Turn) -> None:
        for delivery in turn.sent.delivered:
            self.stdout.write(lines.told(turn, delivery))
        for pk, code in (turn.stored.failed | turn.sent.refused).items():
            who = (
                next((user for user in turn.users if user.pk == pk), None) if settings.DEBUG else f"user {pk}"
            )
            self.stderr.write(f"{timezone.localtime():%H:%M:%S}  {who}: {code}. {health.explained(code)}")
        self.stdout.flush()


def _some(pks: list[int], count: int) -> str:
    """A few of their addresses, and how many more."""
    emails = SyncedUser.objects.filter(pk__in=pks[:5]).values_list("email", flat=True)
    return ", ".join(emails) + (f" and {count - 5} more" if count > 5 else "")
