"""How long the figures of a preview alone, without their page, take with 10 and with 10,000 users.

`python -m benchmarks.preview`, on a database of its own: SQLite in a temporary folder,
or an empty one named by DATABASE_URL.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

BOOKINGS = 10  # a user, besides what is only in the tally


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DATABASE_URL", f"sqlite:///{Path(folder) / 'preview.sqlite3'}")
        os.environ |= {"DEBUG": "true", "DJANGO_SETTINGS_MODULE": "mss.settings"}
        import django

        django.setup()
        _compare()


def _compare() -> None:
    from django.core.management import call_command
    from django.utils import timezone

    from calendarsync.core.booking import CallForwarding, ShowAs, Treatment
    from calendarsync.portal import preview

    call_command("migrate", verbosity=0)
    provider, took = _provider(), {}
    before = preview.rules_now(provider)
    after = {**before, ShowAs.TENTATIVE: Treatment("meeting", CallForwarding.ANNOUNCEMENT)}
    for first, users in ((0, 10), (10, 10_000)):
        _fill(provider, range(first, users))
        for plugin in (False, True):
            provider.plugin_enabled = plugin
            seconds = _best(lambda: preview.look(provider, before, after, timezone.now()))
            took[users, plugin] = seconds
            _say(f"{users:>6} users, plugin {'on' if plugin else 'off'}: {1000 * seconds:.1f} ms")
    for plugin in (False, True):
        ratio = took[10_000, plugin] / took[10, plugin]
        _say(f"10,000 : 10, plugin {'on' if plugin else 'off'}: {ratio:.1f}")


def _provider() -> Any:  # a model, which cannot be imported yet
    from accounts.models import Company
    from calendarsync import providers

    company = Company.objects.create(customer="benchmark", name="Benchmark AB")
    return providers.create(
        company, providers.template([]), kind="exchange_online", name="Office 365", active=True
    )


def _fill(provider: Any, numbers: Iterable[int]) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from calendarsync.models import SyncedBooking, SyncedUser

    now, of = timezone.now(), {"company": provider.company}
    users = [
        SyncedUser(
            **of,
            provider=provider,
            email=f"{n}@contoso.test",
            extension=str(n),
            diversion=n % 3 > 0,
            last_synced_at=now,
            tally={"busy": n % 20 + 1, "tentative": n % 5 + 1},
        )
        for n in numbers
    ]
    SyncedUser.objects.bulk_create(users, batch_size=500)
    rows = [
        SyncedBooking(
            **of,
            synced_user=user,
            extension=user.extension,
            key=f"{user.extension}-{n}",
            item_id=str(n),
            starts_at=now + timedelta(hours=n + 1),
            ends_at=now + timedelta(hours=n + 2),
            reason="meeting",
            forwarding="none",
            priority=4,
            because="choice" if n == 0 else "rule",
        )
        for user in users
        for n in range(BOOKINGS)
    ]
    SyncedBooking.objects.bulk_create(rows, batch_size=500)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _best(what: Callable[[], object], times: int = 7) -> float:
    """Seconds of the fastest try."""
    tries = []
    for _ in range(times):
        begun = time.perf_counter()
        what()
        tries.append(time.perf_counter() - begun)
    return min(tries)


if __name__ == "__main__":
    main()
