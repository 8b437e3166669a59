"""Add the users of a customer's list."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone
from tablib import Dataset

from calendarsync import connect, erase, health, userlist
from calendarsync.core.ports import PortError
from calendarsync.management.speech import PARTLY, counted, examples, tell_problems
from calendarsync.models import Provider

WRONG_USE, AWAY = 2, 4


class Command(BaseCommand):
    help = "Add the users of a customer's list."

    def add_arguments(self, parser: ArgumentParser) -> None:
        examples(
            parser,
            "manage.py importusers users.csv --provider 1 --dry-run",
            "manage.py importusers users.xlsx --provider 1 --remove-missing --errors refused.csv",
        )
        parser.add_argument("file", type=Path, help="CSV or XLSX: columns e-post and, if need be, abonnemang")
        parser.add_argument("--provider", type=int, required=True, metavar="ID")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, write nothing")
        parser.add_argument(
            "--errors", type=Path, metavar="FILE.csv", help="write the rows that cannot be added"
        )
        parser.add_argument(
            "--remove-missing", action="store_true", help="remove users who are not in the list"
        )
        parser.add_argument("--noinput", action="store_true", help="do not ask")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        provider = self._provider(options["provider"])
        rows = self._resolved(options["file"], provider)
        missing = userlist.missing(rows, provider) if options["remove_missing"] else provider.users.none()
        removed = missing.count()
        if removed and any(row.problem for row in rows):
            self._tell(
                rows, options["errors"], "Nobody is removed by a list with such rows. Mend them first."
            )
        added = sum(row.extension is not None for row in rows)
        if not options["dry_run"]:
            question = f"{counted(added)} will be added to {provider} and {removed} removed."
            self._ask(question, options["noinput"])
            userlist.add(rows, provider, timezone.now())
            erase.remove_users(missing, timezone.now())
        would = "would be " if options["dry_run"] else ""
        known = sum(row.known for row in rows)
        self.stdout.write(f"{counted(added)} {would}added, {removed} {would}removed, {known} known already.")
        self._tell(rows, options["errors"])

    def _provider(self, pk: int) -> Provider:
        provider = (
            Provider.objects.select_related("company").filter(pk=pk, state=Provider.State.READY).first()
        )
        if provider is None:
            raise CommandError(f"There is no provider {pk}.")
        return provider

    def _resolved(self, path: Path, provider: Provider) -> list[userlist.Row]:
        try:
            rows = userlist.read_file(path)
            return userlist.resolve(rows, provider, connect.pbx(provider.company).search(""))
        except userlist.ListError as error:
            raise CommandError(str(error)) from None
        except PortError as error:
            raise CommandError(f"One X: {health.explained(error.code)}", returncode=AWAY) from None

    def _ask(self, what: str, noinput: bool) -> None:
        if noinput:
            return
        if not sys.stdin.isatty():
            raise CommandError(
                f"{what} Confirm with --noinput, or look first with --dry-run.", returncode=WRONG_USE
            )
        if input(f"{what} Go on? [y/N] ").strip().lower() not in ("y", "yes", "j", "ja"):
            raise CommandError("Nothing was changed.")

    def _tell(self, rows: list[userlist.Row], errors: Path | None, refusal: str = "") -> None:
        problems = tell_problems(self.stderr, rows)
        if errors and problems:
            lines = Dataset(
                *[(r.line, userlist.inert(r.email), userlist.inert(r.problem)) for r in rows if r.problem],
                headers=["line", "email", "problem"],
            )
            try:
                errors.write_text(lines.export("csv"), encoding="utf-8")
            except OSError as error:
                raise CommandError(f"{errors}: {error.strerror}", returncode=PARTLY) from None
        if problems:
            raise CommandError(
                refusal or f"{problems} rows were not added.", returncode=1 if refusal else PARTLY
            )
