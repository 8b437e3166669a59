"""`checkprovider`: the health check at the terminal, with exit codes that tell whose turn it is."""

import json

import pytest
from auditlog.models import LogEntry
from django.utils import timezone

from calendarsync.models import Provider, SyncedUser


@pytest.fixture
def office(opened):
    office = opened()
    office.sync()
    return office


def test_an_office_that_is_well_exits_with_0(run, office):
    code, out, err = run("checkprovider", office.provider.pk)
    assert (code, err) == (0, "")
    until = office.user().subscription.expires_at
    assert [line.split(".")[0][:30] for line in out.splitlines()] == [
        "ok      The consent exists",
        "ok      The permissions suffic",
        "ok      A test mailbox can be ",
        "ok      Subscription to change",
        "ok      One X answers",
        "ok      Latest sync within an ",
    ]
    assert f"valid until {timezone.localtime(until):%Y-%m-%d}" in out
    assert f"The mailbox of user {office.user().pk} answered." in out


def test_what_failed_is_told_with_what_mends_it_and_exits_with_1(run, office):
    next(iter(office.world.tenants.values())).consented = False
    code, out, err = run("checkprovider", office.provider.pk)
    assert (code, err) == (1, "1 check failed.\n")
    assert out.splitlines()[:2] == [
        "bad     The consent exists. The consent at Microsoft is gone. Consent again as an administrator. "
        "Microsoft answered AADSTS7000229.",
        "skipped The permissions suffice (Calendars.Read). An earlier check failed.",
    ]


def test_a_side_that_is_away_exits_with_4(run, office):
    office.world.faults.add("onex", times=None, status=503)
    assert run("checkprovider", office.provider.pk)[0] == 4


def test_a_side_that_is_away_beside_one_that_refuses_exits_with_1(run, office):
    office.world.faults.add("onex", times=None, status=503)
    next(iter(office.world.tenants.values())).consented = False
    code, _, err = run("checkprovider", office.provider.pk)
    assert (code, err) == (1, "2 checks failed.\n")


def test_a_warning_is_no_failure(run, office):
    SyncedUser.objects.update(last_synced_at=None, requested_at=timezone.now())
    code, out, _ = run("checkprovider", office.provider.pk)
    assert (code, out.splitlines()[-1].split()[0]) == (0, "warn")


def test_in_json_each_check_is_an_object(run, office):
    office.person().mailbox = False
    code, out, err = run("checkprovider", office.provider.pk, "--test-user", "anna@contoso.test", "--json")
    told = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (1, "1 check failed.\n")
    assert [each["check"] for each in told] == [
        "consent",
        "permission",
        "mailbox",
        "subscription",
        "onex",
        "recent",
    ]
    assert told[2] == {
        "check": "mailbox",
        "status": "bad",
        "code": "no_mailbox",
        "found": "microsoft_answer",
        "about": {"answer": "404"},
    }


def test_the_reading_is_audited_and_no_address_is_in_the_output(run, office):
    _, out, _ = run("checkprovider", office.provider.pk, "--test-user", "bertil@contoso.test")
    entry = LogEntry.objects.get(action=LogEntry.Action.ACCESS)
    assert entry.object_id == office.user("bertil").pk
    assert entry.additional_data["by"].startswith("command, ")
    assert "bertil" not in out


def test_what_cannot_be_checked_is_refused(run, office):
    pk = office.provider.pk
    assert run("checkprovider", 999999) == (1, "", "There is no provider 999999.\n")
    stranger = run("checkprovider", pk, "--test-user", "filip@fabrikam.test")
    assert stranger == (1, "", "Nobody in the company's One X has the address filip@fabrikam.test.\n")
    Provider.objects.update(kind=Provider.Kind.EXCHANGE_ONPREM)
    said = f"Provider {pk} is Exchange On-Premises, which cannot be checked yet.\n"
    assert run("checkprovider", pk) == (1, "", said)


def test_an_instance_that_is_being_removed_is_not_there(run, office):
    Provider.objects.update(state=Provider.State.REMOVING)
    assert run("checkprovider", office.provider.pk)[0] == 1


def test_with_one_x_away_nobody_can_tell_whose_an_address_is(run, office):
    office.world.faults.add("onex", times=None, status=503)
    code, out, err = run("checkprovider", office.provider.pk, "--test-user", "cecilia@contoso.test")
    assert (code, out, err.partition(":")[0]) == (4, "", "One X")
