"""Accounts in Django's admin: who makes them, and that nobody makes themselves more than they are."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry as AdminLog
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts import rights
from accounts.models import User
from tests.calendarsync.desk import address, change, errors, newest, superuser, verified


@pytest.fixture
def sven(db, settings):
    return superuser(settings)


@pytest.fixture
def staff(sven):
    return verified(sven)


@pytest.fixture
def colleague(sven):
    """One of the staff who may see and change accounts, and is no superuser."""
    maria = User.objects.create_user("maria", password="en annan fras om växlar", is_staff=True)
    maria.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    return maria


# Accounts


def test_a_new_account_is_staff_with_a_password_that_holds(staff):
    path = f"{address(User)}add/"
    weak = staff.post(path, {"username": "lars", "password1": "kort", "password2": "kort"})
    assert len(errors(weak)) == 1
    phrase = "en tredje fras om växlar"
    staff.post(path, {"username": "lars", "password1": phrase, "password2": phrase})
    lars = User.objects.get(username="lars")
    assert (lars.is_staff, lars.is_superuser, lars.check_password(phrase)) == (True, False, True)


def test_a_portal_person_is_shown_and_never_changed(staff, world):
    anna = rights.sign_in("anna", timezone.now())
    page = staff.get(address(User, "change", anna.pk))
    assert "Contoso AB" in page.content.decode()
    sent = {"is_staff": "on", "is_superuser": "on", "username": "anna"}
    assert staff.post(address(User, "change", anna.pk), sent).status_code == 403
    assert (
        staff.post(f"{address(User)}{anna.pk}/password/", {"password1": "x", "password2": "x"}).status_code
        == 403
    )
    anna.refresh_from_db()
    assert (anna.is_staff, anna.has_usable_password()) == (False, False)


def test_nobody_makes_themselves_more_than_they_are(colleague):
    change(
        verified(colleague),
        colleague,
        is_superuser="on",
        user_permissions=[Permission.objects.first().pk],
        first_name="Maria",
    )
    kept = User.objects.get(username="maria")
    assert (kept.first_name, kept.is_superuser) == ("Maria", False)
    assert kept.user_permissions.count() == colleague.user_permissions.count() > 1


def test_a_superuser_gives_permissions(staff, colleague):
    change(
        staff,
        colleague,
        is_superuser="on",
        user_permissions=[Permission.objects.get(codename="view_provider").pk],
    )
    kept = User.objects.get(username="maria")
    assert (kept.is_superuser, kept.user_permissions.count()) == (True, 1)


def test_a_superuser_is_changed_by_superusers_alone(colleague, sven):
    client = verified(colleague)
    assert (
        client.post(address(User, "change", sven.pk), {"username": "sven", "is_active": ""}).status_code
        == 403
    )


@pytest.mark.parametrize("whose", ["sven", "maria", "lars"])
def test_a_password_is_set_by_superusers_alone(colleague, sven, whose):
    User.objects.create_user("lars", is_staff=True)
    path = f"{address(User)}{User.objects.get(username=whose).pk}/password/"
    new = {
        "password1": "en fjärde fras om växlar",
        "password2": "en fjärde fras om växlar",
        "usable_password": "true",
    }
    assert verified(colleague).post(path, new).status_code == 403
    assert verified(sven).post(path, new).status_code == 302
    assert User.objects.get(username=whose).check_password(new["password1"])


def take_away(client, *accounts):
    sent = {"action": "remove_second_factor", "_selected_action": [each.pk for each in accounts]}
    return client.post(address(User), sent, follow=True)


def test_a_superuser_removes_the_second_factor_of_who_lost_their_phone(staff, colleague, sven):
    phone = verified(colleague)
    assert phone.get("/admin/").status_code == 200
    take_away(staff, colleague)
    assert list(Authenticator.objects.values_list("user__username", flat=True)) == ["sven"]
    # Whoever found the telephone may have found it signed in.
    assert phone.get("/admin/")["Location"] == "/admin/login/?next=/admin/"


def test_that_is_audited(staff, colleague, sven):
    verified(colleague)
    take_away(staff, colleague)
    entry = newest(colleague)
    assert (entry.actor, entry.changes) == (sven, {"second factor": ["set up", "removed"]})
    assert AdminLog.objects.get(object_id=str(colleague.pk)).user == sven


def test_others_cannot(colleague, sven):
    Authenticator.objects.create(user=sven, type="totp", data={})
    client = verified(colleague)
    assert "remove_second_factor" not in client.get(address(User)).content.decode()
    take_away(client, sven)
    assert Authenticator.objects.filter(user=sven).exists()
