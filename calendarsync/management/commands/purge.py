"""Clear at One X and erase here what ended 30 days ago, and who was removed."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, no_translations
from django.utils import timezone

from calendarsync import engine, erase
from calendarsync.management.speech import examples
from calendarsync.models import SyncedBooking, SyncedUser
from calendarsync.picture import RETENTION


class Command(BaseCommand):
    help = "Clear at One X and erase here what ended 30 days ago, and who was removed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        examples(
            parser,
            "manage.py purge --dry-run",
            "manage.py purge",
        )
        parser.add_argument("--dry-run", action="store_true", help="say how much, erase nothing")

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        expired = SyncedBooking.objects.standing().filter(ends_at__lt=now - RETENTION)
        removing = SyncedUser.objects.filter(state=SyncedUser.State.REMOVING)
        if options["dry_run"]:
            self.stdout.write(f"{expired.count()} bookings and {removing.count()} users would be erased.")
            return
        bookings = expired.count()
        erase.expire(now)
        only = set(expired.values_list("synced_user_id", flat=True)) | set(
            removing.values_list("pk", flat=True)
        )
        engine.run(only)
        users, providers = erase.finish()
        left = expired.count() + removing.count()
        self.stdout.write(
            f"{bookings - expired.count()} bookings, {users} users and {providers} providers erased; {left} still wait."
        )
