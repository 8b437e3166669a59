"""What Telenor staff change and remove in Django's admin, and what happens at One X because of it."""

import re

import pytest
from django.contrib.admin.models import LogEntry as AdminLog
from django.core.cache import cache
from django.utils.translation import gettext

from accounts.models import Company
from calendarsync import erase, health
from calendarsync.models import Provider, SyncedBooking, SyncedUser, SyncRule

from .desk import address, change, errors, form_of, newest, remove, remove_in_list, superuser, verified
from .factories import add_provider, everything_kept


@pytest.fixture
def sven(db, settings):
    return superuser(settings)


@pytest.fixture
def staff(office, sven):
    return verified(sven)


# Instances


def test_settings_that_are_changed_here_reach_one_x(staff, office, meeting):
    change(staff, office.provider, active=None)
    office.provider.refresh_from_db()
    assert office.provider.active is False
    office.sync()
    assert office.held() == []


def test_a_change_of_settings_is_audited_with_who_made_it(staff, office, sven):
    change(staff, office.provider, days_ahead=21)
    entry = newest(office.provider)
    assert (entry.actor, entry.changes["days_ahead"]) == (sven, ["14", "21"])


def test_company_type_and_tenant_cannot_be_changed(staff, office):
    other = Company.objects.create(customer="other", name="Annat AB")
    forged = {
        "company": other.pk,
        "kind": "exchange_onprem",
        "tenant": "x",
        "state": "removing",
        "name": "Nytt namn",
    }
    change(staff, office.provider, **forged)
    kept = Provider.objects.get()
    assert (kept.name, kept.company, kept.kind) == ("Nytt namn", office.provider.company, "exchange_online")
    assert (kept.tenant, kept.state) == (office.provider.tenant, "ready")


def test_what_the_engine_writes_meanwhile_stays(staff, office):
    page = form_of(staff.get(address(Provider, "change", office.provider.pk)))
    Provider.objects.update(trouble="consent_revoked", consent_generation=7)
    staff.post(address(Provider, "change", office.provider.pk), {**page, "days_ahead": 20})
    kept = Provider.objects.get()
    assert (kept.days_ahead, kept.trouble, kept.consent_generation) == (20, "consent_revoked", 7)


def test_a_name_that_another_instance_has_is_refused(staff, office, world, tmp_path):
    add_provider(world, tmp_path, name="Malmö")
    assert errors(change(staff, office.provider, name="Malmö")) == [gettext("The name is used already.")]


@pytest.mark.parametrize("days", ["0", "61", "x", ""])
def test_days_ahead_are_kept_in_range(staff, office, days):
    assert len(errors(change(staff, office.provider, days_ahead=days))) == 1


def row_of(staff, office, show_as):
    """The prefix of a rule's fields in the form."""
    page = staff.get(address(Provider, "change", office.provider.pk))
    formset = page.context["inline_admin_formsets"][0].formset
    return next(form.prefix for form in formset.forms if form.instance.show_as == show_as)


def test_a_rule_that_is_changed_here_reaches_one_x(staff, office, meeting):
    row = row_of(staff, office, "busy")
    change(staff, office.provider, **{f"{row}-reason": "lunch", f"{row}-forwarding": "none"})
    office.sync()
    assert office.held() == ["10:00–11:00 lunch"]


def test_a_change_of_a_rule_is_audited(staff, office):
    row = row_of(staff, office, "busy")
    change(staff, office.provider, **{f"{row}-reason": "lunch"})
    rule = SyncRule.objects.get(provider=office.provider, show_as="busy")
    assert newest(rule).changes == {"reason": ["meeting", "lunch"]}


def test_a_reason_that_one_x_lacks_is_refused_and_those_it_has_are_named(staff, office):
    row = row_of(staff, office, "busy")
    page = change(staff, office.provider, **{f"{row}-reason": "nonsense"})
    assert re.search(r"\blunch\b.*\bmeeting\b", errors(page)[0])
    assert SyncRule.objects.get(provider=office.provider, show_as="busy").reason == "meeting"


def test_rules_are_neither_added_nor_removed(staff, office):
    row = row_of(staff, office, "busy")
    change(staff, office.provider, **{f"{row}-DELETE": "on", f"{row}-show_as": "free"})
    assert SyncRule.objects.filter(provider=office.provider).count() == 5


def test_the_reasons_that_one_x_has_can_be_read_beside_the_rules(staff, office):
    page = staff.get(address(Provider, "change", office.provider.pk)).content.decode()
    assert "meeting (Möte)" in page


def test_settings_can_be_changed_while_one_x_is_away(staff, office, world):
    world.faults.add("onex", times=None, status=503)
    change(staff, office.provider, days_ahead=20)
    assert Provider.objects.get().days_ahead == 20


def test_but_no_rule_gets_a_reason_that_nobody_can_confirm(staff, office, world):
    world.faults.add("onex", times=None, status=503)
    cache.clear()
    row = row_of(staff, office, "busy")
    assert len(errors(change(staff, office.provider, **{f"{row}-reason": "lunch"}))) == 1


def test_removing_an_instance_asks_first_and_says_what_happens(staff, office):
    page, _ = remove(staff, office.provider)
    assert "Contoso AB: Office 365" in page


@pytest.mark.parametrize("way", [lambda c, row: remove(c, row), remove_in_list], ids=["page", "list"])
def test_an_instance_is_cleared_at_one_x_before_it_is_erased(staff, office, meeting, way):
    way(staff, office.provider)
    assert Provider.objects.get().state == Provider.State.REMOVING
    assert SyncedBooking.objects.count() == 1
    office.sync()
    assert office.held() == []
    erase.finish()
    assert not SyncedUser.objects.exists()


def test_an_instance_that_is_being_removed_can_be_looked_at_alone(staff, office):
    remove(staff, office.provider)
    path = address(Provider, "change", office.provider.pk)
    assert (staff.get(path).status_code, staff.post(path, {}).status_code) == (200, 403)


# Their users


def test_a_user_who_is_made_inactive_leaves_one_x(staff, office, meeting):
    change(staff, office.user(), active=None)
    office.sync()
    assert office.held() == []
    change(staff, office.user(), active="on")
    office.sync()
    assert office.held() == ["10:00–11:00 meeting, back 11:00"]


def test_only_that_can_be_changed(staff, office):
    forged = {
        "active": None,
        "email": "evil@fabrikam.test",
        "extension": "filip",
        "company": 99,
        "state": "removing",
    }
    change(staff, office.user(), **forged)
    kept = office.user()
    assert (kept.email, kept.company_id, kept.state) == (
        "anna@contoso.test",
        office.provider.company_id,
        "active",
    )


def test_a_second_user_of_one_subscription_is_explained(staff, office, world, tmp_path):
    other = add_provider(world, tmp_path, name="Malmö")
    second = SyncedUser.objects.create(
        company=other.company,
        provider=other,
        email="a@contoso.test",
        name="Anna B",
        extension="anna",
        active=False,
    )
    told = errors(change(staff, second, active="on"))
    assert len(told) == 1
    assert re.match("Anna Berg .* Office 365 ", told[0])
    assert not SyncedUser.objects.get(pk=second.pk).active


def test_how_much_waits_for_one_x_is_counted(staff, office, meeting):
    SyncedBooking.objects.update(version=9)
    rows = staff.get(address(SyncedUser)).context["cl"].result_list
    assert {row.extension: row.waiting for row in rows} == {"anna": 1, "bertil": 0}


def test_an_error_is_explained_in_words(staff, office):
    SyncedUser.objects.filter(extension="anna").update(trouble="extension_gone")
    what, mend = map(str, health.EXPLAINED["extension_gone"])
    assert what in staff.get(address(SyncedUser)).content.decode()
    page = staff.get(address(SyncedUser, "change", office.user().pk)).content.decode()
    assert f"{what} {mend}" in page


@pytest.mark.parametrize("way", [lambda c, row: remove(c, row), remove_in_list], ids=["page", "list"])
def test_a_removed_user_is_cleared_at_one_x_and_nothing_of_theirs_is_left(staff, office, meeting, way):
    way(staff, office.user())
    assert SyncedUser.objects.get(extension="anna").state == SyncedUser.State.REMOVING
    office.sync()
    assert office.held() == []
    erase.finish()
    assert not SyncedUser.objects.filter(extension="anna").exists()
    kept = everything_kept()
    assert "bertil@contoso.test" in kept
    assert not re.search("anna@contoso|Anna Berg", kept)


def test_what_was_done_to_a_user_outlives_them_without_a_name(staff, office, sven):
    user = office.user()
    change(staff, user, active=None)
    remove(staff, user)
    lines = AdminLog.objects.filter(content_type__model="synceduser").order_by("pk")
    assert [(line.user, line.object_repr, line.action_flag) for line in lines] == [
        (sven, str(user.pk), 2),
        (sven, str(user.pk), 3),
    ]
    noted = newest(office.provider)
    assert (noted.actor, noted.additional_data) == (sven, {"users": [user.pk]})


def test_who_is_removed_is_gone_from_the_list_at_once(staff, office):
    remove(staff, office.user())
    assert [row.extension for row in staff.get(address(SyncedUser)).context["cl"].result_list] == ["bertil"]
