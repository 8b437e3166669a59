"""*Ändringslogg*: who changed what and when, in Swedish words, and nothing of another company's or of who is gone."""

import re
from datetime import timedelta
from html import unescape

import pytest
from auditlog.context import set_actor
from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts import rights
from accounts.models import User
from calendarsync import changes, erase, explain, providers, userlist
from calendarsync.core.booking import CallForwarding, ShowAs
from calendarsync.core.rules import DefaultRule
from calendarsync.models import Provider, SyncedUser, SyncRule
from calendarsync.portal import changelog

from ..core.samples import WEDNESDAY
from ..pages.strict import assert_strict


@pytest.fixture
def office(opened):
    cache.clear()
    office = opened()
    office.sync()
    yield office
    cache.clear()


@pytest.fixture
def anna(office, signed_in):
    return signed_in("anna")


def page(provider):
    return reverse("calendarsync:provider-log", args=[provider.pk])


def by(name="anna"):
    """What is done inside is done by an administrator."""
    return set_actor(rights.sign_in(name, timezone.now()))


def save(provider, **changed):
    kept = Provider.objects.get(pk=provider.pk)
    wanted = {name: getattr(kept, name) for name in Provider.SETTINGS if name != "tenant"} | changed
    changes.save_settings(kept, wanted, providers.settings_version(kept), timezone.now())


def rule(provider, show_as, wanted):
    rules = providers.rules_of(provider)
    kept = {ShowAs(r.show_as): DefaultRule(r.update, r.reason, CallForwarding(r.forwarding)) for r in rules}
    seen = providers.rules_version(rules)
    changes.save_rules(provider, kept | {ShowAs(show_as): wanted}, seen, timezone.now())


def lines(provider):
    """The newest first, without what the delivery left: who, what, and what became of it."""
    with translation.override("sv"):
        told = changelog.told(changelog.entries(provider), provider)
    return [
        (line.who, line.what, [(c.field, c.old, c.new) for c in line.changes] or list(line.people))
        for line in told
        if line.who != "Telenor"
    ]


def words(answer):
    return " ".join(re.sub(r"<[^>]*>", " ", unescape(answer.content.decode())).split())


def stranger():
    """An instance of Fabrikam with a changed setting and a changed rule."""
    company = rights.sign_in("filip", timezone.now()).companies.get()
    provider = providers.create(company, providers.template([]), kind="exchange_online", name="Hemlig")
    with by("filip"):
        save(provider, days_ahead=33)
        rule(provider, "busy", DefaultRule(False, "kanarie", CallForwarding.NONE))
    return provider


def test_a_setting_is_told_with_who_and_from_what_to_what(office):
    with by():
        save(office.provider, days_ahead=30, all_private=False)
    changed = [("Synka dagar framåt", "14", "30"), ("Alla möten privata", "Ja", "Nej")]
    ((who, what, told),) = lines(office.provider)
    assert (who, what, sorted(told)) == ("Anna Berg", "Inställningar", sorted(changed))


def test_a_rule_is_told_in_the_words_of_the_page_of_rules(office):
    with by():
        rule(office.provider, "busy", DefaultRule(True, "lunch", CallForwarding.ANNOUNCEMENT))
    ((_, what, told),) = lines(office.provider)
    assert what == "Synkregel Upptagen"
    assert sorted(told) == [
        ("Frånvaro-orsak", "Möte", "Lunch"),
        ("Koppla samtal till", "Ingen vidarekoppling", "Hänvisningsbesked"),
    ]


def test_a_rule_that_is_turned_off_is_told(office):
    with by():
        rule(office.provider, "oof", DefaultRule(False, "away", CallForwarding.NONE))
    assert lines(office.provider) == [
        ("Anna Berg", "Synkregel Frånvarande", [("Uppdatera One X", "Ja", "Nej")])
    ]


def test_users_are_told_by_name_as_long_as_they_are_there(office):
    with by():
        changes.set_active(office.user("bertil"), False, timezone.now())
        changes.set_active(office.user("bertil"), True, timezone.now())
    assert lines(office.provider) == [
        ("Anna Berg", "1 användare aktiverades", ["Bertil Åström"]),
        ("Anna Berg", "1 användare inaktiverades", ["Bertil Åström"]),
    ]


def test_an_added_user_is_told(office):
    with by():
        row = userlist.Row(1, "cecilia@contoso.test")
        listed = userlist.candidates(office.provider.company, row)
        changes.add_user(office.provider, row, listed, timezone.now())
    assert lines(office.provider) == [("Anna Berg", "1 användare lades till", ["Cecilia Öberg"])]


def test_of_who_was_removed_only_the_number_is_told(office):
    with by():
        changes.set_active(office.user("bertil"), False, timezone.now())
        changes.remove_users(office.provider, office.provider.users.all(), timezone.now())
    told = [("Anna Berg", "2 användare togs bort", []), ("Anna Berg", "1 användare inaktiverades", [])]
    assert lines(office.provider) == told
    office.sync()
    erase.finish()
    assert SyncedUser.objects.count() == 0
    assert lines(office.provider) == told


def test_telenors_staff_is_telenor_and_so_is_the_delivery(office, anna):
    staff = User.objects.create(username="kalle.karlsson", first_name="Kalle", last_name="Karlsson")
    with set_actor(staff):
        save(office.provider, days_ahead=30)
    told = changelog.told(changelog.entries(office.provider), office.provider)
    assert {line.who for line in told} == {"Telenor"}
    assert "Karlsson" not in words(anna.get(page(office.provider)))


def test_an_administrator_whose_account_is_gone_leaves_no_name(office):
    with by():
        save(office.provider, days_ahead=30)
    User.objects.filter(telenor_id="anna").delete()
    assert [who for who, _, _ in lines(office.provider)] == ["Någon som har tagits bort"]


def test_a_password_is_told_as_changed_and_never_shown(office, anna):
    content_type = ContentType.objects.get_for_model(Provider)
    LogEntry.objects.create(
        content_type=content_type,
        object_pk=str(office.provider.pk),
        object_id=office.provider.pk,
        object_repr="Office 365",
        action=LogEntry.Action.UPDATE,
        changes={"impersonation_password": ["kanarie-ett", "kanarie-två"]},
        actor=User.objects.get(telenor_id="anna"),
    )
    assert lines(office.provider)[0][2] == [("impersonation_password", "", "ändrat")]
    assert "kanarie" not in words(anna.get(page(office.provider)))


def test_the_delivery_is_told_at_the_end(office):
    with translation.override("sv"):
        told = changelog.told(changelog.entries(office.provider), office.provider)
    created = next(line for line in told if line.what == "Leverantören lades till")
    assert ("Namn", "", "Office 365") in [(c.field, c.old, c.new) for c in created.changes]
    rules = {line.what for line in told if line.what.startswith("Synkregel")}
    assert len(rules) == 5


def test_a_rule_that_is_gone_is_still_told_of(office):
    with by():
        gone = office.provider.rules.get(show_as="busy")
        rule(office.provider, "busy", DefaultRule(False, "meeting", CallForwarding.NONE))
        gone.refresh_from_db()
        gone.delete()
    deleted, changed = lines(office.provider)
    assert changed == ("Anna Berg", "Synkregel Upptagen", [("Uppdatera One X", "Ja", "Nej")])
    assert (deleted[1], ("Frånvaro-orsak", "Möte", "") in deleted[2]) == ("Synkregel Upptagen", True)


def test_a_rule_of_somebodys_own_is_not_the_administrators_business(office):
    with by():
        own = SyncRule.objects.create(synced_user=office.user(), show_as="busy", reason="lunch")
        own.delete()
    assert lines(office.provider) == []


def test_who_looked_at_a_calendar_is_not_among_the_changes(office):
    explain.audit(office.user(), {"day": WEDNESDAY.isoformat()}, "administrator 1")
    LogEntry.objects.log_create(office.provider, action=LogEntry.Action.ACCESS, changes={"check": ["", "x"]})
    assert lines(office.provider) == []
    told = changelog.told(changelog.entries(office.provider), office.provider)
    assert [line for line in told if any(c.field == "check" for c in line.changes)] == []


def test_another_instance_and_another_company_are_never_shown(office, anna):
    other = stranger()
    mine = providers.create(
        office.provider.company, providers.template([]), kind="exchange_online", name="Labbet"
    )
    with by():
        save(mine, days_ahead=44)
        other.rules.get(show_as="busy").delete()
    told = words(anna.get(page(office.provider)))
    assert [word for word in ("Hemlig", "33", "44", "kanarie", "Filip", "Labbet") if word in told] == []
    assert anna.get(page(other)).status_code == 404
    assert "44" in words(anna.get(page(mine)))


def test_the_newest_is_first_and_fifty_are_on_a_page(anna, office):
    content_type = ContentType.objects.get_for_model(Provider)
    actor = User.objects.get(telenor_id="anna")
    start = timezone.now() + timedelta(minutes=1)
    LogEntry.objects.bulk_create(
        LogEntry(
            content_type=content_type,
            object_pk=str(office.provider.pk),
            object_id=office.provider.pk,
            object_repr="Office 365",
            action=LogEntry.Action.UPDATE,
            changes={"name": ["", f"namn-{number}"]},
            actor=actor,
            timestamp=start + timedelta(seconds=number),
        )
        for number in range(60)
    )
    first, second = anna.get(page(office.provider)), anna.get(f"{page(office.provider)}?page=2")
    assert re.findall(r"namn-\d+", words(first)) == [f"namn-{n}" for n in range(59, 9, -1)]
    assert re.findall(r"namn-\d+", words(second)) == [f"namn-{n}" for n in range(9, -1, -1)]
    assert_strict(first)
    assert_strict(second)
    assert anna.get(f"{page(office.provider)}?page=inte-en-siffra").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_database_as_much_for_one_entry_as_for_three(anna, office, count):
    LogEntry.objects.all().delete()
    with by():
        for number in range(count):
            changes.set_active(office.user("bertil"), bool(number % 2), timezone.now())
    anna.get(page(office.provider))
    with CaptureQueriesContext(connection) as asked:
        answer = anna.get(page(office.provider))
    assert words(answer).count("Bertil Åström") == count
    assert len(asked) == 7


def test_nothing_changed_yet_is_said(anna, office):
    LogEntry.objects.all().delete()
    answer = anna.get(page(office.provider))
    assert_strict(answer)
    assert "Ingenting har ändrats än" in words(answer)


def test_a_name_that_is_markup_is_only_a_name(anna, office):
    with by():
        save(office.provider, name="<b>Nytt</b>")
    answer = anna.get(page(office.provider))
    assert_strict(answer)
    assert "&lt;b&gt;Nytt&lt;/b&gt;" in answer.content.decode()


def test_with_one_x_away_the_codes_stand_for_its_words(office):
    with by():
        rule(office.provider, "busy", DefaultRule(True, "lunch", CallForwarding.NONE))
    cache.clear()
    office.world.faults.add("onex", times=None, status=503)
    assert lines(office.provider)[0][2] == [("Frånvaro-orsak", "meeting", "lunch")]
