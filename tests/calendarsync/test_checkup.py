"""*Hälsokontroll*: each fault of either side is found by its check, and told with what mends it."""

import socket
from datetime import timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.utils import timezone

from calendarsync import connect, health
from calendarsync.models import Provider, Subscription, SyncedUser
from calendarsync.portal import checkfacts, checkup, checkwords, probes
from calendarsync.portal.checkup import Check, Code, Status

from .factories import everything_kept

CANARY = "Kanariefågel"


@pytest.fixture
def office(opened):
    office = opened()
    office.sync()
    return office


def check(office, address: str = "") -> dict[str, Check]:
    """All checks, by code."""
    provider = Provider.objects.select_related("company").get(pk=office.provider.pk)
    tested = checkfacts.whom(provider, address)
    facts = checkfacts.gather(provider, tested, "a test", timezone.now())
    return {each.code.value: each for each in checkup.run(facts)}


def outcome(office, **kwargs: Any) -> dict[str, str]:
    """Status and, where something is wrong, its code."""
    return {code: f"{c.status} {c.trouble}".strip() for code, c in check(office, **kwargs).items()}


WELL = dict.fromkeys([code.value for code in Code], "ok")
AFTER = "skipped after"


# The checks


def test_all_is_well_in_a_well_office(office):
    assert outcome(office) == WELL


def test_what_is_well_is_told_with_evidence(office):
    found = check(office)
    assert found["permission"].about == {"names": "Calendars.Read, User.Read.All"}
    assert found["onex"].about == {"company": "Contoso AB"}
    assert (found["recent"].about["updated"], found["recent"].about["users"]) == (2, 2)
    assert (found["subscription"].about["live"], found["subscription"].about["wanted"]) == (2, 2)
    assert found["subscription"].about["until"] == min(
        Subscription.objects.values_list("expires_at", flat=True)
    )


def test_a_consent_that_was_revoked_is_found_although_the_last_token_still_works(office):
    next(iter(office.world.tenants.values())).consented = False
    found = outcome(office)
    assert found == {
        "consent": "bad consent_revoked",
        "permission": AFTER,
        "mailbox": AFTER,
        "subscription": AFTER,
        "onex": "ok",
        "recent": AFTER,
    }
    assert check(office)["consent"].about == {"answer": "AADSTS7000229"}


def test_a_permission_that_is_missing_stops_the_mailbox_too(office):
    next(iter(office.world.tenants.values())).roles = ["User.Read.All"]
    found = outcome(office)
    assert (found["consent"], found["permission"]) == ("ok", "bad permission_missing")
    assert (found["mailbox"], found["recent"], found["subscription"]) == (AFTER, AFTER, "ok")


def test_a_permission_that_the_token_does_not_name_is_there_if_the_mailbox_can_be_read(office, monkeypatch):
    monkeypatch.setattr(probes, "_named", lambda token: frozenset())
    found = check(office)
    assert {code: each.status for code, each in found.items()} == dict.fromkeys(WELL, Status.OK)
    assert found["permission"].found == "scoped"


def test_without_a_mailbox_to_try_a_permission_the_token_does_not_name_is_in_doubt(office, monkeypatch):
    monkeypatch.setattr(probes, "_named", lambda token: frozenset())
    SyncedUser.objects.update(state=SyncedUser.State.REMOVING)
    found = outcome(office)
    assert (found["permission"], found["mailbox"]) == ("warn permission_missing", "skipped no_users")


@pytest.mark.parametrize(
    "token", ["opaque", "a.b.c", "a.bnVsbA.c", "a.eyJyb2xlcyI6MX0.c", "a.eyJyb2xlcyI6WzFdfQ.c"]
)
def test_a_token_that_says_nothing_names_no_permission(token):
    assert probes._named(token) == frozenset()


def test_a_permission_is_named_only_if_it_looks_like_one():
    # {"roles": ["Calendars.Read", "<script>"]}
    token = "a.eyJyb2xlcyI6WyJDYWxlbmRhcnMuUmVhZCIsIjxzY3JpcHQ-Il19.c"
    assert probes._named(token) == {"Calendars.Read"}


def test_a_mailbox_that_is_denied_is_that_mailboxs_alone(office):
    office.world.faults.add(
        "graph", "calendarView", times=None, part=True, status=403, code="ErrorAccessDenied"
    )
    found = outcome(office)
    assert found == WELL | {"mailbox": "bad mailbox_denied"}
    assert check(office)["mailbox"].about == {"answer": "403"}


def test_a_mailbox_that_is_gone_is_told(office):
    office.person().mailbox = False
    assert outcome(office, address="anna@contoso.test")["mailbox"] == "bad no_mailbox"


def test_microsoft_that_asks_to_wait_is_told_and_is_no_refusal(office):
    office.world.faults.add("graph", "batch", times=None, status=429, retry_after=60)
    found = check(office)
    assert (found["mailbox"].trouble, found["mailbox"].away) == ("throttled", True)
    assert (found["consent"].status, found["onex"].status) == (Status.OK, Status.OK)


def test_one_x_that_is_away_is_told_and_microsoft_is_checked_all_the_same(office):
    office.world.faults.add("onex", times=None, status=503)
    found = check(office)
    assert (found["onex"].trouble, found["onex"].away) == ("server_error", True)
    assert (found["mailbox"].status, found["recent"].status) == (Status.OK, Status.SKIPPED)


def test_one_x_that_does_not_accept_us_is_no_passing_trouble(office, settings):
    settings.ONEX_TOKEN = "another"
    found = check(office)["onex"]
    assert (found.status, found.trouble, found.away) == (Status.BAD, "onex_token", False)


def test_a_subscription_that_is_missing_is_told(office):
    Subscription.objects.filter(synced_user__extension="bertil").delete()
    assert outcome(office)["subscription"] == "warn some_unsubscribed"
    Subscription.objects.all().delete()
    assert outcome(office)["subscription"] == "bad unsubscribed"


def test_why_there_is_no_subscription_is_told_where_it_is_known(office):
    Subscription.objects.update(remote_id="", expires_at=None, trouble="notifications_blocked")
    assert outcome(office)["subscription"] == "bad notifications_blocked"


def test_a_subscription_that_has_expired_is_none(office):
    Subscription.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert outcome(office)["subscription"] == "bad unsubscribed"


def test_who_has_no_mailbox_needs_no_subscription(office):
    SyncedUser.objects.filter(extension="bertil").update(trouble="no_mailbox")
    Subscription.objects.filter(synced_user__extension="bertil").delete()
    assert outcome(office)["subscription"] == "ok"


def test_users_whom_nobody_has_updated_for_an_hour_are_told(office):
    SyncedUser.objects.update(last_synced_at=timezone.now() - timedelta(minutes=61), requested_at=None)
    assert outcome(office)["recent"] == "bad late"


def test_a_first_reading_that_is_under_way_is_no_failure(office):
    SyncedUser.objects.update(last_synced_at=None, requested_at=timezone.now())
    found = check(office)["recent"]
    assert (found.status, found.found) == (Status.WARN, "never")


def test_an_instance_that_is_paused_is_told(office):
    Provider.objects.update(braked_at=timezone.now())
    assert outcome(office)["recent"] == "bad braked"


def test_an_instance_that_is_off_is_checked_as_far_as_it_makes_sense(office):
    office.set(active=False)
    off = "skipped provider_inactive"
    assert outcome(office) == WELL | {"subscription": off, "recent": off}


def test_an_instance_without_users_is_checked_as_far_as_it_makes_sense(opened):
    office = opened(users=())
    nobody = "skipped no_users"
    assert outcome(office) == WELL | {"mailbox": nobody, "subscription": nobody, "recent": nobody}


def test_an_instance_that_is_not_connected_says_so_and_asks_microsoft_nothing(office):
    office.set(tenant="")
    office.world.requests.clear()
    found = outcome(office)
    assert (found["consent"], found["onex"]) == ("bad not_connected", "ok")
    assert [each.path for each in office.world.requests if "customers" not in each.path] == []


def test_a_fault_of_our_own_is_told_and_the_others_are_checked(office, monkeypatch):
    def broken(provider, mailbox, now):
        raise KeyError("secret")

    monkeypatch.setattr(probes, "read", broken)
    assert outcome(office) == WELL | {"mailbox": "bad internal"}


@pytest.fixture
def silence():
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"https://127.0.0.1:{server.getsockname()[1]}"


def test_two_sides_that_never_answer_do_not_hold_the_check_up(office, silence, settings, monkeypatch):
    settings.MICROSOFT_AUTHORITY = settings.ONEX_URL = silence
    connect.forget()
    monkeypatch.setattr(checkup, "LONGEST", 1.0)
    monkeypatch.setattr(checkup, "SHORTEST", 0.0)
    found = outcome(office)
    assert (found["consent"], found["onex"]) == ("bad timeout", "bad timeout")


def test_nothing_is_begun_that_could_not_end_in_time(office, monkeypatch):
    monkeypatch.setattr(checkup, "LONGEST", 0.5)
    assert outcome(office)["consent"] == "skipped out_of_time"


# Whose mailbox


def test_a_mailbox_of_the_company_that_is_no_user_can_be_tried(opened):
    office = opened(users=("bertil@contoso.test",))
    assert outcome(office, address="ANNA@contoso.test")["mailbox"] == "ok"
    entry = LogEntry.objects.filter(action=LogEntry.Action.ACCESS).get()
    assert (entry.object_id, entry.additional_data) == (office.provider.pk, {"by": "a test"})
    assert entry.changes == {"check": ["", "test mailbox of extension anna"]}


@pytest.mark.parametrize("address", ["filip@fabrikam.test", "nobody@contoso.test", "anna", "+46101000001"])
def test_whose_address_the_company_does_not_have_is_not_tried(office, address):
    office.world.requests.clear()
    with pytest.raises(checkfacts.NotOursError):
        checkfacts.whom(office.provider, address)
    assert [each.path for each in office.world.requests if "customers" not in each.path] == []


def test_the_reading_is_audited_without_name_or_address(office):
    check(office, address="bertil@contoso.test")
    entry = LogEntry.objects.filter(action=LogEntry.Action.ACCESS).get()
    assert (entry.object_id, entry.additional_data) == (office.user("bertil").pk, {"by": "a test"})
    assert "bertil" not in f"{entry.object_repr} {entry.changes}"


def test_no_title_is_asked_for_and_nothing_that_was_read_is_kept(opened, knocks):
    office = opened("--titles")
    office.book("07:10", "07:40", subject=CANARY)
    office.world.requests.clear()
    before = everything_kept().count(CANARY)
    check(office)
    views = [each.path for each in office.world.requests if "calendarView" in each.path]
    assert len(views) == 1
    assert "subject" not in views[0]
    assert everything_kept().count(CANARY) == before


# In words


@pytest.mark.parametrize("code", [*Code])
def test_every_check_has_a_title_and_says_what_is_tried(code):
    assert code in checkwords.TITLE
    assert code in checkwords.TRIED


def test_every_code_of_a_check_that_failed_is_explained_with_what_mends_it():
    ours = ["not_connected", "unsubscribed", "some_unsubscribed", "late", "braked"]
    assert [code for code in (*ours, *checkup.AWAY) if not all(health.EXPLAINED[code])] == []


def test_evidence_is_a_number_and_never_a_strangers_words(office):
    canary = f"{CANARY}{'x' * 20}"
    office.world.faults.add("graph", "calendarView", times=None, part=True, status=403, code=canary)
    found = check(office)["mailbox"]
    assert canary.lower() not in repr(found).lower()
    assert found.about == {"answer": "403"}
