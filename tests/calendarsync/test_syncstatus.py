"""`syncstatus`: one line and an exit code, as monitoring plugins have them."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Company
from calendarsync import providers
from calendarsync.management.commands.syncstatus import Command
from calendarsync.models import Provider, SyncedUser


@pytest.fixture
def office(opened):
    office = opened()
    office.sync()
    return office


def status(*arguments):
    """Exit code and line."""
    out = StringIO()
    try:
        call_command("syncstatus", *map(str, arguments), stdout=out)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def late(*who, minutes=66):
    """Nobody has updated these for so long."""
    old = timezone.now() - timedelta(minutes=minutes)
    SyncedUser.objects.filter(extension__in=who).update(last_synced_at=old, requested_at=None)


def another(customer="fabrikam"):
    """An active instance of another company, with one user who was just updated."""
    company = Company.objects.create(customer=customer, name=customer)
    provider = providers.create(company, {}, kind="exchange_online", name="Other", active=True)
    SyncedUser.objects.create(
        company=company, provider=provider, email="x@x.test", extension="x", last_synced_at=timezone.now()
    )
    return provider


def test_all_well(office):
    assert status() == (
        0,
        "SYNC OK - 1 active providers, 2 users | providers=1 users=2 late=0 broken=0\n",
    )


def test_some_users_late_is_a_warning(office):
    late("bertil")
    code, line = status()
    since = f"{timezone.now() - timedelta(minutes=66):%Y-%m-%dT%H:%M:%SZ}"
    assert (code, line) == (
        1,
        f"SYNC WARNING - provider {office.provider.pk} late (1 user) since {since} "
        "| providers=1 users=2 late=1 broken=0\n",
    )


def test_an_instance_in_which_everybody_is_late_is_stale(office):
    late("anna", "bertil")
    code, line = status()
    assert (code, line.split(" since")[0]) == (
        2,
        f"SYNC CRITICAL - provider {office.provider.pk} stale (2 users)",
    )


@pytest.mark.parametrize("minutes", [64, 66])
def test_late_is_older_than_the_age_given_which_is_65_minutes_unless_said(office, minutes):
    late("bertil", minutes=minutes)
    assert status()[0] == (1 if minutes > 65 else 0)
    assert status("--max-age", 7200)[0] == 0
    assert status("--max-age", 60)[0] == 1


@pytest.mark.parametrize(
    ("broken", "said"),
    [({"trouble": "consent_revoked"}, "consent_revoked"), ({"braked_at": timezone.now()}, "paused")],
)
def test_an_instance_that_is_refused_or_paused_is_broken(office, broken, said):
    Provider.objects.update(**broken)
    code, line = status()
    assert (code, said in line, "broken=1" in line) == (2, True, True)


def test_who_was_never_updated_is_late_once_the_wish_is_old(office):
    SyncedUser.objects.update(last_synced_at=None, requested_at=timezone.now())
    assert status()[0] == 0
    SyncedUser.objects.update(requested_at=timezone.now() - timedelta(minutes=66))
    assert status()[0] == 2


@pytest.mark.parametrize(
    "gone",
    [{"active": False}, {"state": "removing"}, {"state": "blocked"}, {"trouble": "no_mailbox"}],
    ids=lambda gone: next(iter(gone.values())),
)
def test_who_is_not_to_be_updated_is_never_late(office, gone):
    late("bertil")
    SyncedUser.objects.filter(extension="bertil").update(**gone)
    assert status()[0] == 0


def test_an_instance_that_is_off_is_not_asked_about(office):
    late("anna", "bertil")
    Provider.objects.update(active=False, trouble="consent_revoked")
    assert status() == (0, "SYNC OK - 0 active providers, 0 users | providers=0 users=0 late=0 broken=0\n")


def test_where_nothing_is_read_unasked_only_a_wish_nobody_heard_is_late(office, settings):
    settings.READ_INTERVAL = 0
    late("bertil")
    assert status()[0] == 0
    SyncedUser.objects.filter(extension="bertil").update(requested_at=timezone.now() - timedelta(hours=2))
    assert status()[0] == 1


def test_one_company_is_told_without_the_others(office):
    another()
    late("anna", "bertil")
    assert status("--company", "fabrikam")[0] == 0
    assert status("--company", "contoso")[0] == 2


def test_what_cannot_be_known_is_unknown(office, monkeypatch):
    assert status("--company", "nobody") == (3, "SYNC UNKNOWN - there is no company nobody\n")

    def away(self):
        raise DatabaseError("secret host")

    monkeypatch.setattr(QuerySet, "iterator", away)
    monkeypatch.setattr(QuerySet, "_fetch_all", away)
    assert status() == (3, "SYNC UNKNOWN - the database does not answer: DatabaseError\n")


@pytest.mark.parametrize("age", ["0", "-1", "soon", "1e3"])
def test_wrong_use_is_unknown_and_not_broken(office, capsys, age):
    code, _ = status("--max-age", age)
    assert (code, capsys.readouterr().out.startswith("SYNC UNKNOWN - argument --max-age")) == (3, True)


def test_a_setting_that_is_missing_is_not_told_as_late(office, settings):
    settings.ONEX_TOKEN = ""
    asked = {"company": None, "max_age": 3900, "json": False}
    terminal = {"skip_checks": False, "force_color": False, "no_color": True, "stdout": StringIO()}
    Command().execute(**asked, **terminal)
    assert terminal["stdout"].getvalue().startswith("SYNC OK")


def test_in_json(office):
    late("bertil")
    code, out = status("--json")
    told = json.loads(out)
    since = told["problems"][0].pop("since")
    assert (code, since) == (1, (timezone.now() - timedelta(minutes=66)).isoformat())
    assert told == {
        "status": "warning",
        "providers": 1,
        "users": 2,
        "late": 1,
        "broken": 0,
        "problems": [{"provider": office.provider.pk, "code": "late", "users": 1}],
    }


def test_a_line_names_five_at_most_the_worst_first(office):
    company = office.provider.company
    for number in range(6):
        trouble = "consent_revoked" if number == 5 else "tenant_gone"
        made = providers.create(company, {}, kind="exchange_online", name=f"{number}", active=True)
        Provider.objects.filter(pk=made.pk).update(trouble=trouble)
    late("bertil")
    line = status()[1]
    assert (line.count("provider "), "; and 2 more" in line, " late " in line) == (5, True, False)


@pytest.mark.parametrize("companies", [1, 3])
def test_it_asks_the_database_once_for_one_instance_and_for_three(office, companies):
    for number in range(companies - 1):
        another(f"customer-{number}")
    with CaptureQueriesContext(connection) as asked:
        status()
    assert len(asked) == 1
