"""`sync`, `purge` and `renewsubscriptions`: what they do, what they say, and what they leave alone."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

from calendarsync import engine, erase, lease
from calendarsync.management import lines
from calendarsync.models import Provider, Subscription, SyncedBooking, SyncedUser

from .factories import AWAY, Office, at, everything_kept, rows_of_all_tables

CANARY = "Kanariefågel"


def figures(out: str) -> dict[str, Any]:
    """The object on the last line."""
    told: dict[str, Any] = json.loads(out.splitlines()[-1])
    return told


def test_sync_tells_in_figures_what_it_did(run: Any, office: Office) -> None:
    office.book("10:00", "11:00")
    office.book("12:00", "13:00", who="bertil")
    code, out, err = run("sync", "--full", "--json")
    told = figures(out)
    assert (code, err, told.pop("seconds") >= 0) == (0, "", True)
    done = {"users": 2, "read": 2, "changed": 2, "sent": 2}
    assert told == done | {"failed": 0, "waiting": 0, "waiting_for_onex": 0}
    assert office.held() == ["10:00–11:00 meeting, back 11:00"]


def test_sync_reads_nobody_who_is_not_due_unless_full(run: Any, office: Office) -> None:
    assert figures(run("sync", "--json")[1])["users"] == 0
    assert figures(run("sync", "--json", "--full")[1])["read"] == 2


def test_sync_in_words(run: Any, office: Office) -> None:
    office.book("10:00", "11:00")
    code, out, _ = run("sync")
    assert (code, out.rpartition(",")[0]) == (
        0,
        "1 user: 1 read, 1 bookings changed, 1 changes sent to One X, 0 failed",
    )


def test_sync_of_one_user_or_one_provider_leaves_the_others(run: Any, office: Office) -> None:
    office.world.requests.clear()
    assert figures(run("sync", "--json", "--user", "ANNA@contoso.test")[1])["users"] == 1
    read = [each.path for each in office.world.requests if "calendarView" in each.path]
    assert read == [f"/v1.0/users/{office.person().id}/calendarView"]
    assert figures(run("sync", "--json", "--provider", office.provider.pk)[1])["users"] == 2


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--provider", "999999"), "There is no provider 999999.\n"),
        (("--user", "nobody@contoso.test"), "No user has the address nobody@contoso.test.\n"),
        (("--provider", "999999", "--dry-run"), "There is no provider 999999.\n"),
    ],
)
def test_sync_of_nobody_is_refused(run: Any, office: Office, option: tuple[str, ...], said: str) -> None:
    assert run("sync", *option) == (1, "", said)


def test_sync_that_failed_for_some_says_for_whom_and_exits_with_3(run: Any, office: Office) -> None:
    office.person().mailbox = False
    code, out, err = run("sync", "--full", "--json")
    told = figures(out)
    assert (code, told["read"], told["failed"]) == (3, 1, 1)
    assert err.splitlines() == [
        "no_mailbox: anna@contoso.test. The user has no mailbox in Exchange Online. "
        "Check the licence, or use Exchange On-Premises.",
        "1 user not synchronised.",
    ]


def test_sync_with_microsoft_away_exits_with_4(run: Any, office: Office) -> None:
    office.world.faults.add("graph", times=None, status=503)
    code, out, err = run("sync", "--full", "--json")
    told = figures(out)
    assert (code, told["read"], told["failed"], told["waiting_for_onex"]) == (4, 0, 2, 0)
    assert err.splitlines()[0] == f"server_error: anna@contoso.test, bertil@contoso.test. {AWAY}"


def test_sync_with_one_x_away_exits_with_4(run: Any, office: Office) -> None:
    office.world.faults.add("onex", times=None, status=503)
    office.book("10:00", "11:00")
    code, out, err = run("sync", "--json")
    told = figures(out)
    assert (code, told["read"], told["sent"], told["waiting_for_onex"]) == (4, 1, 0, 1)
    assert err.splitlines()[0] == f"One X, server_error (1 times): {AWAY}"


def test_a_dry_run_of_sync_shows_the_changes_and_writes_and_sends_nothing(run: Any, office: Office) -> None:
    moved, deleted = office.book("10:00", "11:00"), office.book("12:00", "13:00")
    office.sync()
    office.world.change(moved.id, ends_at=at("11:30"), subject=CANARY)
    office.world.delete(deleted.id)
    office.book("14:00", "15:00", "oof", subject=CANARY)
    before, held = rows_of_all_tables(), office.held()
    office.asked("absences:apply")
    code, out, err = run("sync", "--dry-run", "--json")
    assert (code, figures(out)) == (0, {"users": 2, "read": 2, "changed": 3, "failed": 0})
    assert err.splitlines() == [
        "anna@contoso.test: would clear meeting (announcement) 2027-05-12 12:00–13:00",
        "anna@contoso.test: would change to meeting (announcement) 2027-05-12 10:00–11:30",
        "anna@contoso.test: would set away (none) 2027-05-12 14:00–15:00",
    ]
    assert (rows_of_all_tables(), office.held(), office.asked("absences:apply")) == (before, held, 0)


def test_a_dry_run_where_the_provider_is_off_reads_nobody(run: Any, office: Office) -> None:
    office.book("10:00", "11:00")
    office.sync()
    office.set(active=False)
    office.asked("calendarView")
    code, _, err = run("sync", "--dry-run")
    assert (code, office.asked("calendarView")) == (0, 0)
    assert err == "anna@contoso.test: would clear meeting (announcement) 2027-05-12 10:00–11:00\n"


def test_a_dry_run_of_one_user_says_so_in_words(run: Any, office: Office) -> None:
    _, out, err = run("sync", "--dry-run", "--user", "anna@contoso.test")
    assert (out, err) == ("1 user: 1 read, 0 bookings would change, 0 failed\n", "")


# purge


def test_purge_erases_what_ended_thirty_days_ago_here_and_at_one_x(run: Any, office: Office) -> None:
    office.book("10:00", "11:00")
    office.book("12:00", "13:00")
    office.sync()
    office.move_to(at("12:00", day=30))
    assert run("purge", "--dry-run")[1] == "1 bookings and 0 users would be erased.\n"
    assert len(office.held()) == 2
    assert run("purge")[1] == "1 bookings, 0 users and 0 providers erased; 0 still wait.\n"
    assert (office.held(), SyncedBooking.objects.count()) == (["12:00–13:00 meeting, back 13:00"], 1)


def test_purge_erases_who_was_removed_and_the_provider_with_the_last_one(run: Any, office: Office) -> None:
    office.book("10:00", "11:00", subject=CANARY)
    office.sync()
    erase.remove_provider(office.provider, timezone.now())
    run("renewsubscriptions")
    run("purge")
    assert (office.held(), SyncedUser.objects.count(), Provider.objects.count()) == ([], 0, 0)
    assert (Subscription.objects.count(), office.world.subscriptions) == (0, {})
    kept = everything_kept()
    assert [word for word in (CANARY, "anna@contoso.test", "Anna Berg", "+46101000001") if word in kept] == []


def test_purge_forgets_nobody_whom_one_x_still_shows(run: Any, office: Office) -> None:
    office.book("10:00", "11:00")
    office.sync()
    office.world.faults.add("onex", "absences:apply", times=None, status=503)
    erase.remove_users(office.provider.users.all(), timezone.now())
    assert run("purge")[1] == "0 bookings, 1 users and 0 providers erased; 1 still wait.\n"
    assert (SyncedBooking.objects.count(), len(office.held())) == (1, 1)
    office.world.faults.clear()
    office.move_to(at("07:20"))
    assert run("purge")[1] == "0 bookings, 1 users and 0 providers erased; 0 still wait.\n"
    assert (SyncedUser.objects.count(), office.held()) == (0, [])


# renewsubscriptions


def test_subscriptions_are_renewed_and_made_where_they_are_missing(run: Any, office: Office) -> None:
    office.user("bertil").subscription.delete()
    office.world.unsubscribe(office.user().subscription.remote_id)
    office.move_to(at("07:00", day=1))
    assert run("renewsubscriptions") == (0, "2 subscriptions live, 0 failed.\n", "")
    live = {each.id for each in office.world.subscriptions.values()}
    assert set(Subscription.objects.values_list("remote_id", flat=True)) == live


def test_a_dry_run_of_renewal_asks_nobody(run: Any, office: Office) -> None:
    before = rows_of_all_tables()
    office.world.requests.clear()
    assert run("renewsubscriptions", "--dry-run")[1] == "2 subscriptions would be renewed.\n"
    assert (list(office.world.requests), rows_of_all_tables()) == ([], before)


def test_a_renewal_that_failed_is_told_and_exits_with_3(run: Any, office: Office) -> None:
    office.world.faults.add("graph", "subscriptions", method="PATCH", part=True, status=503)
    assert run("renewsubscriptions") == (
        3,
        "1 subscriptions live, 1 failed.\n",
        f"server_error: {AWAY}\nSome subscriptions were not renewed; they are tried again.\n",
    )


def test_renewal_for_an_unknown_provider_is_refused(run: Any, office: Office) -> None:
    assert run("renewsubscriptions", "--provider", "999999") == (1, "", "There is no provider 999999.\n")


@pytest.fixture
def held(office: Office) -> Office:
    """Another process is reading Anna's calendar."""
    SyncedUser.objects.filter(extension="anna").update(due_at=timezone.now())
    assert lease.claim(office.provider.pk, timezone.now(), 1)
    return office


def test_a_full_sync_tells_whom_another_process_is_reading(run: Any, held: Office) -> None:
    code, out, err = run("sync", "--json", "--full")
    told = figures(out)
    assert (code, told["read"], told["waiting"], told["failed"]) == (3, 1, 1, 0)
    assert err.partition(". ")[0] == "waiting: anna@contoso.test"


def test_sync_of_a_user_whom_another_process_is_reading_is_no_success(run: Any, held: Office) -> None:
    code, out, err = run("sync", "--json", "--user", "anna@contoso.test")
    told = figures(out)
    assert (code == 0, told["read"], told["waiting"], told["failed"]) == (False, 0, 1, 0)
    assert err.partition(". ")[0] == "waiting: anna@contoso.test"


def test_who_is_away_until_the_year_9999_is_a_line_too(office: Office) -> None:
    event = office.book("10:00", "11:00")
    office.world.change(event.id, ends_at=datetime(9999, 12, 31, 23, 30, tzinfo=UTC))
    [line] = [lines.told(turn, each) for turn in engine.run() for each in turn.sent.delivered]
    assert "diversion meeting 2027-05-12 –  (the rule;" in line


@pytest.mark.parametrize("option", [["--dry-run"], ["--user", "anna@contoso.test"], ["--full"], ["--json"]])
def test_watch_follows_everybody_and_takes_no_other_option(
    run: Any, office: Office, option: list[str]
) -> None:
    code, _, err = run("sync", "--watch", *option)
    assert (code, err) == (2, f"--watch follows everybody: leave out {option[0]}.\n")


def test_a_dry_run_with_a_mailbox_that_is_missing_is_no_success(run: Any, office: Office) -> None:
    office.person().mailbox = False
    code, out, _ = run("sync", "--dry-run", "--json")
    assert (code, figures(out)["failed"], figures(out)["read"]) == (3, 1, 1)


def test_a_missing_mailbox_is_not_called_the_other_side_away(run: Any, office: Office) -> None:
    office.person().mailbox = False
    assert run("sync", "--user", "anna@contoso.test")[0] == 1
    assert run("explain", "anna@contoso.test")[0] == 1
