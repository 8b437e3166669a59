"""Add an instance at delivery, without a browser."""

import uuid
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, no_translations
from django.db import transaction
from django.utils import timezone

from accounts.models import Company
from calendarsync import connect, health, providers, userlist
from calendarsync.core.booking import ShowAs
from calendarsync.core.ports import Customer, PortError, Reason
from calendarsync.core.rules import DefaultRule
from calendarsync.management.speech import PARTLY, counted, examples, tell_problems
from calendarsync.models import Provider
from calendarsync.models.provider import MAX_DAYS_AHEAD

AWAY = 4


def days(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_DAYS_AHEAD:
        return int(text)
    raise ArgumentTypeError(f"{text!r}: give a whole number from 1 to {MAX_DAYS_AHEAD}")


def tenant(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise ArgumentTypeError(f"{text!r}: give the tenant id (a GUID), as Entra shows it") from None


def rule(text: str) -> tuple[ShowAs, DefaultRule]:
    try:
        return providers.parse_rule(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


class Command(BaseCommand):
    help = "Add an instance at delivery, without a browser."

    def add_arguments(self, parser: ArgumentParser) -> None:
        examples(
            parser,
            'manage.py addprovider --customer contoso --kind exchange_online --name "Office 365" '
            "--tenant 00000000-0000-4000-8000-000000000001 --users users.csv --active",
            "manage.py addprovider … --plugin --titles --days 30 --rule busy=meeting:announcement --rule tentative=off",
        )
        parser.add_argument("--customer", required=True, metavar="ID", help="the company's id in One X")
        parser.add_argument("--kind", required=True, choices=["exchange_online"])
        parser.add_argument("--name", required=True, help="as the company's administrator will see it")
        parser.add_argument(
            "--tenant", required=True, type=tenant, metavar="GUID", help="the Microsoft 365 tenant"
        )
        parser.add_argument(
            "--users", type=Path, metavar="FILE.csv", help="columns e-post and, if need be, abonnemang"
        )
        parser.add_argument("--days", type=days, default=14, metavar="N", help="days ahead (14)")
        parser.add_argument(
            "--plugin", action="store_true", help="the users' own choices in the add-in count"
        )
        parser.add_argument("--titles", action="store_true", help="read and show the titles of bookings")
        parser.add_argument(
            "--rule",
            type=rule,
            action="append",
            default=[],
            metavar="SHOWAS=REASON[:announcement]",
            help="instead of the standard template's, or SHOWAS=off; repeatable",
        )
        parser.add_argument("--active", action="store_true", help="begin to synchronise at once")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        rows = self._rows(options["users"])
        pbx = connect.pbx(Company(customer=options["customer"]))
        try:
            known, reasons = pbx.customer(), pbx.reasons()
            extensions = list(pbx.search("")) if rows else []
        except PortError as error:
            if error.code == "unknown_customer":
                raise CommandError(f"One X has no customer {options['customer']}.") from None
            raise CommandError(f"One X: {health.explained(error.code)}", returncode=AWAY) from None
        provider = self._provider(known, reasons, options)
        rows = userlist.resolve(rows, provider, extensions)
        added = userlist.add(rows, provider, timezone.now())
        self.stdout.write(
            f"Provider {provider.pk}, {provider.name} of {provider.company}: {counted(len(added))}."
        )
        if tell_problems(self.stderr, rows):
            raise CommandError("Some rows were not added. Mend them and run importusers.", returncode=PARTLY)

    def _rows(self, path: Path | None) -> list[userlist.Row]:
        try:
            return userlist.read_file(path) if path else []
        except userlist.ListError as error:
            raise CommandError(str(error)) from None

    @transaction.atomic
    def _provider(self, known: Customer, reasons: list[Reason], options: dict[str, Any]) -> Provider:
        asked = dict(options["rule"])
        self._refuse_unknown(
            {each.reason for each in asked.values() if each.update} - {r.code for r in reasons}
        )
        try:
            return providers.create(
                providers.keep(known),
                providers.template(reasons) | asked,
                kind=options["kind"],
                name=options["name"],
                tenant=options["tenant"],
                days_ahead=options["days"],
                plugin_enabled=options["plugin"],
                all_private=not options["titles"],
                active=options["active"],
            )
        except ValidationError as error:
            raise CommandError(_sentence(error)) from None

    def _refuse_unknown(self, reasons: set[str]) -> None:
        if reasons:
            raise CommandError(f"One X has no absence reason {', '.join(sorted(reasons))} for this company.")


def _sentence(error: ValidationError) -> str:
    """Each complaint with the setting it is about."""
    by_field = error.message_dict.items()
    return "; ".join(
        " ".join(texts) if name == "__all__" else f"{name}: {' '.join(texts)}" for name, texts in by_field
    )
