"""Telenor's own staff: who they are, how often they may try, and what is closed to them and to everybody else."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts import entrance, rights
from accounts.models import User
from calendarsync.management.commands import demo
from mss import stage

from .staffing import (
    ADMIN,
    AGAIN,
    CODE,
    CODES,
    LOGIN,
    PASSWORD,
    SET_UP,
    TOO_MANY,
    WRONG,
    code,
    key_of,
    sign_in,
    signed_in,
    wrong,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_the_sixth_attempt_at_one_account_is_refused_though_right(client, sven):
    for _ in range(5):
        assert WRONG in sign_in(client, password="fel").content.decode()
    assert TOO_MANY in sign_in(client).content.decode()


def test_after_five_minutes_it_is_let_in_again(client, sven, clock):
    for _ in range(6):
        sign_in(client, password="fel")
    clock.shift(timedelta(minutes=5, seconds=1))
    assert sign_in(client).status_code == 302


def test_the_eleventh_attempt_from_one_address_is_refused(client, sven):
    for attempt in range(10):
        assert WRONG in sign_in(client, username=f"gissning{attempt}", password="fel").content.decode()
    assert TOO_MANY in sign_in(client).content.decode()
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7")).status_code == 302


@pytest.mark.parametrize(("proxies", "refused"), [(0, True), (1, False)])
def test_an_address_that_a_client_only_claims_counts_behind_a_proxy_alone(
    client, sven, settings, proxies, refused
):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    for attempt in range(10):
        forged = Client(HTTP_X_FORWARDED_FOR=f"192.0.2.{attempt}")
        sign_in(forged, username=f"gissning{attempt}", password="fel")
    answer = sign_in(Client(HTTP_X_FORWARDED_FOR="192.0.2.99"))
    assert (TOO_MANY in answer.content.decode()) is refused


def test_the_sixth_code_at_sign_in_is_refused_though_right(client, key):
    sign_in(client)
    for _ in range(5):
        client.post(CODE, {"code": wrong(key)})
    assert TOO_MANY in client.post(CODE, {"code": code(key)}).content.decode()


def test_the_sixth_code_at_set_up_is_refused_though_right(client, sven):
    sign_in(client)
    key = key_of(client.get(SET_UP))
    for _ in range(5):
        client.post(SET_UP, {"code": wrong(key)})
    refused = client.post(SET_UP, {"code": code(key)}).context["form"].errors["code"].as_data()
    assert [error.code for error in refused] == ["rate_limited"]


def test_a_sign_in_takes_a_new_session(client, key):
    client.get(LOGIN)
    sign_in(client)
    before = client.session.session_key
    client.post(CODE, {"code": code(key)})
    assert client.session.session_key != before


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere_after_sign_in(client, key, elsewhere):
    sign_in(client, next=elsewhere)
    assert client.post(CODE, {"code": code(key)})["Location"] == ADMIN


def test_who_wanted_a_page_comes_to_it(client, key):
    sign_in(client, next="/admin/accounts/user/")
    assert client.post(CODE, {"code": code(key)})["Location"] == "/admin/accounts/user/"


def test_after_half_an_hour_of_nothing_staff_sign_in_again(client, key, clock):
    signed_in(client, key)
    client.get(ADMIN)
    clock.shift(timedelta(minutes=31))
    page = client.get("/admin/accounts/user/", follow=True)
    assert page.redirect_chain[-1] == (f"{LOGIN}?next=%2Fadmin%2Faccounts%2Fuser%2F", 302)
    assert page.status_code == 200


def test_a_changed_password_keeps_the_session_and_what_it_has_proved(client, key):
    signed_in(client, key)
    new = "en helt annan fras 2027"
    old = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post("/admin/password_change/", old)["Location"] == "/admin/password_change/done/"
    assert client.get(ADMIN).status_code == 200
    assert WRONG in sign_in(Client()).content.decode()


@pytest.mark.parametrize(
    "account",
    [{"is_staff": False}, {"is_staff": True, "is_active": False}, {"is_staff": True, "telenor_id": "anna"}],
)
def test_others_are_told_that_the_password_is_wrong(client, account):
    User.objects.create_user("otto", password=PASSWORD, **account)
    assert WRONG in sign_in(client, "otto").content.decode()
    assert "_auth_user_id" not in client.session


def test_a_portal_person_has_no_password_to_come_in_with(client, world):
    anna = rights.sign_in("anna", timezone.now())
    assert not anna.has_usable_password()
    assert WRONG in sign_in(client, anna.username, anna.password).content.decode()


@pytest.mark.parametrize(
    "path", [LOGIN, SET_UP, CODES, "/accounts/2fa/", AGAIN, "/accounts/reauthenticate/", ADMIN]
)
def test_a_portal_person_finds_no_page_of_the_staff(client, world, path):
    client.force_login(rights.sign_in("anna", timezone.now()))
    assert client.get(path, follow=True).status_code == 403
    assert not Authenticator.objects.exists()


def test_not_even_one_whose_account_has_become_staff(client, world):
    anna = rights.sign_in("anna", timezone.now())
    User.objects.update(is_staff=True, is_superuser=True)
    client.force_login(anna)
    assert client.get(ADMIN, follow=True).status_code == 403


def test_staff_cannot_enter_through_telenor_id(rf, world, client):
    rights.sign_in("anna", timezone.now())
    User.objects.update(is_staff=True)
    request = rf.get("/")
    request.session, request.user = client.session, User()
    assert entrance.enter(request, "anna", "/").url == "/logga-in/saknar-behorighet/"


def test_staff_have_no_page_of_the_portal(client, key):
    signed_in(client, key)
    assert client.get("/kalendersynk/").status_code == 403


def test_the_admins_own_sign_in_takes_no_password(client, sven):
    answer = client.post("/admin/login/", {"username": "sven", "password": PASSWORD})
    assert answer["Location"] == f"{LOGIN}?next=%2Fadmin%2F"
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "name",
    [
        "account_signup",
        "account_reset_password",
        "account_change_password",
        "account_set_password",
        "account_email",
        "account_inactive",
        "mfa_deactivate_totp",
        "mfa_download_recovery_codes",
        "socialaccount_connections",
        "socialaccount_signup",
    ],
)
def test_what_is_closed_has_no_address(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_every_page_of_the_staff_can_be_shown(client, key, clock):
    pages = [client.get(LOGIN)]
    sign_in(client)
    pages.append(client.get(CODE))
    client.post(CODE, {"code": code(key)})
    clock.shift(timedelta(minutes=6))
    shown = (
        "/accounts/2fa/",
        CODES,
        f"{CODES}generate/",
        AGAIN,
        "/accounts/reauthenticate/",
        "/accounts/logout/",
    )
    pages += [client.get(path, follow=True) for path in shown]
    assert [page.status_code for page in pages] == [200] * 8
    assert all("{%" not in page.content.decode() for page in pages)


def test_somebody_without_permissions_sees_an_empty_admin(client, key):
    User.objects.update(is_superuser=False)
    signed_in(client, key)
    index = client.get(ADMIN)
    assert (index.status_code, index.context["app_list"]) == (200, [])
    assert client.get("/admin/accounts/company/").status_code == 403


def test_a_permission_opens_what_it_names(client, key):
    sven = User.objects.get()
    User.objects.update(is_superuser=False)
    sven.user_permissions.add(Permission.objects.get(codename="view_company"))
    signed_in(client, key)
    assert client.get("/admin/accounts/company/").status_code == 200
    assert client.get("/admin/accounts/user/").status_code == 403


@pytest.fixture
def demonstrated(settings, monkeypatch):
    """What the demo does about staff, with or without DEBUG."""

    def demonstrated(debug):
        settings.DEBUG = debug
        monkeypatch.setenv("STAFF_PASSWORD", PASSWORD)
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "")
        demo.employ()

    return demonstrated


def test_a_demo_has_an_account_that_sets_up_its_second_factor_as_everybody_does(client, demonstrated):
    demonstrated(True)
    demonstrated(True)
    assert sign_in(client, demo.STAFF)["Location"] == ADMIN
    assert client.get(ADMIN)["Location"].startswith(SET_UP)


def test_outside_development_no_account_is_made(demonstrated):
    demonstrated(False)
    assert not User.objects.exists()


def test_a_demo_that_is_kept_keeps_the_password(tmp_path, monkeypatch):
    for name in ("DATABASE", "WORLD", "KEPT", "WORLD_READY"):
        monkeypatch.setattr(stage, name, tmp_path / name)
    monkeypatch.setattr(stage, "FOLDER", tmp_path)
    first = stage.begin(keep=False)
    stage.DATABASE.touch()
    stage.WORLD.touch()
    assert stage.begin(keep=True) == first
    assert stage.begin(keep=False)["STAFF_PASSWORD"] != first["STAFF_PASSWORD"]
