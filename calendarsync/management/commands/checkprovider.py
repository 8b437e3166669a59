"""The health check of one instance: what the portal's *Hälsokontroll* tries, in its order."""

import getpass
from argparse import ArgumentParser
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from calendarsync.core.ports import PortError
from calendarsync.management.speech import examples
from calendarsync.models import Provider

from ... import health
from ...portal import checkfacts, checkup, checkwords
from ...portal.checkfacts import Tested
from ...portal.checkup import Check, Status

FAILED, AWAY = 1, 4


class Command(BaseCommand):
    help = "Check one instance: consent, permissions, a mailbox, subscriptions, One X, the latest sync."

    def add_arguments(self, parser: ArgumentParser) -> None:
        examples(
            parser,
            "manage.py checkprovider 7",
            "manage.py checkprovider 7 --test-user anna.berg@contoso.test --json",
        )
        parser.add_argument("provider", type=int, metavar="ID")
        parser.add_argument(
            "--test-user", metavar="MAIL", default="", help="whose mailbox is tried; the reading is audited"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object a check")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        provider = self._provider(options["provider"])
        tested = self._whom(provider, options["test_user"])
        facts = checkfacts.gather(provider, tested, f"command, {getpass.getuser()}", timezone.now())
        who = _who(tested)
        checks = []
        for check in checkup.run(facts):
            checks.append(check)
            self.stdout.write(_json(check) if options["json"] else _line(check, who))
        failed = [check for check in checks if check.status is Status.BAD]
        if failed:
            away = all(check.away for check in failed)
            raise CommandError(_sum(failed), returncode=AWAY if away else FAILED)

    def _provider(self, pk: int) -> Provider:
        ready = Provider.objects.filter(pk=pk, state=Provider.State.READY)
        provider = ready.select_related("company").first()
        if provider is None:
            raise CommandError(f"There is no provider {pk}.")
        if not checkup.can_check(provider):
            raise CommandError(f"Provider {pk} is Exchange On-Premises, which cannot be checked yet.")
        return provider

    def _whom(self, provider: Provider, address: str) -> Tested | None:
        try:
            return checkfacts.whom(provider, address)
        except checkfacts.NotOursError:
            raise CommandError(f"Nobody in the company's One X has the address {address}.") from None
        except PortError as error:
            code = AWAY if error.code in checkup.AWAY else FAILED
            raise CommandError(f"One X: {health.explained(error.code)}", returncode=code) from None


def _who(tested: Tested | None) -> str:
    """A service's output is a log: ids, not names."""
    return f"user {tested.user.pk}" if tested and tested.user else "the address given"


def _line(check: Check, who: str) -> str:
    told = checkwords.told(check, who)
    said = (told.what, told.mends, told.found)
    return f"{check.status.value:8}{told.title}. {' '.join(filter(None, said))}"


def _json(check: Check) -> str:
    named = {"check": check.code, "status": check.status, "code": check.trouble, "found": check.found}
    return orjson.dumps(named | {"about": check.about}).decode()


def _sum(failed: list[Check]) -> str:
    return "1 check failed." if len(failed) == 1 else f"{len(failed)} checks failed."
