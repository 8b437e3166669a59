"""Renew the notification subscriptions at Microsoft now, and make those that are missing."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from calendarsync import health, subscriptions
from calendarsync.management.speech import examples
from calendarsync.models import Provider, Subscription

PARTLY = 3


class Command(BaseCommand):
    help = "Renew the notification subscriptions at Microsoft now, and make those that are missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        examples(
            parser,
            "manage.py renewsubscriptions --dry-run",
            "manage.py renewsubscriptions --provider 1",
        )
        parser.add_argument("--provider", type=int, metavar="ID", help="only this provider's")
        parser.add_argument("--dry-run", action="store_true", help="say how many, ask nothing")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        providers = Provider.objects.select_related("company")
        if options["provider"] is not None:
            providers = providers.filter(pk=options["provider"])
            if not providers:
                raise CommandError(f"There is no provider {options['provider']}.")
        rows = Subscription.objects.filter(provider__in=providers)
        if options["dry_run"]:
            self.stdout.write(f"{rows.count()} subscriptions would be renewed.")
            return
        now = timezone.now()
        subscriptions.again(rows, now)
        for provider in providers:
            while subscriptions.tend(provider, now):
                pass
        self._tell(rows)

    def _tell(self, rows: Any) -> None:
        failed = list(rows.exclude(trouble=""))
        self.stdout.write(f"{rows.count() - len(failed)} subscriptions live, {len(failed)} failed.")
        for code in sorted({row.trouble for row in failed}):
            self.stderr.write(f"{code}: {health.explained(code)}")
        if failed:
            raise CommandError(
                "Some subscriptions were not renewed; they are tried again.", returncode=PARTLY
            )
