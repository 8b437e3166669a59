"""Nobody of the staff gets further than the second factor, used in the session at hand."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from tests.calendarsync.factories import everything_kept

from .staffing import (
    ADMIN,
    AGAIN,
    CODE,
    CODES,
    PASSWORD,
    SET_UP,
    code,
    key_of,
    set_up,
    sign_in,
    signed_in,
    wrong,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_the_first_sign_in_leads_to_setting_up_a_second_factor(client, sven):
    assert sign_in(client)["Location"] == ADMIN
    assert client.get(ADMIN)["Location"] == f"{SET_UP}?next=%2Fadmin%2F"


def test_once_it_is_set_up_the_admin_opens(client, sven):
    set_up(client)
    assert client.get(ADMIN).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/admin/",
        "/admin/accounts/user/",
        "/accounts/2fa/",
        CODES,
        f"{CODES}generate/",
        AGAIN,
        "/foretag/",
    ],
)
def test_until_then_nothing_else_does(client, sven, path):
    sign_in(client)
    assert client.get(path)["Location"].startswith(SET_UP)
    assert client.post(path)["Location"] == SET_UP


def test_logging_out_is_possible_without_one(client, sven):
    sign_in(client)
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_a_wrong_code_sets_nothing_up(client, sven):
    sign_in(client)
    key = key_of(client.get(SET_UP))
    answer = client.post(SET_UP, {"code": wrong(key)})
    assert "Felaktig kod." in answer.content.decode()
    assert not Authenticator.objects.exists()
    assert client.get(ADMIN)["Location"].startswith(SET_UP)


def test_the_same_key_is_good_for_another_try(client, sven):
    sign_in(client)
    key = key_of(client.get(SET_UP))
    assert key_of(client.post(SET_UP, {"code": wrong(key)})) == key
    assert client.post(SET_UP, {"code": code(key)})["Location"] == CODES


def test_the_page_to_set_it_up_is_not_cut_by_the_content_security_policy(client, sven):
    sign_in(client)
    page = client.get(SET_UP).content.decode()
    assert "<svg role" in page
    assert not re.search(r"data:|\sstyle=|<style|<script(?! src)", page)


def test_afterwards_the_page_to_set_it_up_is_closed(client, sven):
    set_up(client)
    assert client.get(SET_UP)["Location"] == "/accounts/2fa/"


def test_who_signed_in_long_ago_gives_the_password_again_before_setting_up(client, sven, clock):
    sign_in(client)
    clock.shift(timedelta(minutes=6))
    assert client.get(SET_UP)["Location"].startswith("/accounts/reauthenticate/")
    answer = client.post(f"/accounts/reauthenticate/?next={SET_UP}", {"password": PASSWORD})
    assert answer["Location"] == SET_UP
    assert client.get(SET_UP).status_code == 200


def test_a_password_alone_opens_nothing_once_there_is_a_second_factor(client, key):
    assert sign_in(client)["Location"] == CODE
    assert client.get(ADMIN)["Location"].startswith(f"/admin/login/?next={ADMIN}")
    assert "_auth_user_id" not in client.session


def test_with_the_code_the_admin_opens(client, key):
    assert signed_in(client, key)["Location"] == ADMIN
    assert client.get(ADMIN).status_code == 200


def test_a_wrong_code_does_not(client, key):
    sign_in(client)
    assert "Felaktig kod." in client.post(CODE, {"code": wrong(key)}).content.decode()
    assert client.get(ADMIN).status_code == 302


def test_a_code_works_once(client, key):
    signed_in(client, key)
    other = Client()
    sign_in(other)
    assert "Felaktig kod." in other.post(CODE, {"code": code(key)}).content.decode()


def test_the_code_that_set_it_up_is_used_up(client, sven):
    key = set_up(client)
    other = Client()
    sign_in(other)
    assert "Felaktig kod." in other.post(CODE, {"code": code(key)}).content.decode()


def test_a_recovery_code_works_instead_and_once(client, sven):
    set_up(client)
    one = client.get(CODES).context["unused_codes"][0]
    for location in (ADMIN, None):
        other = Client()
        sign_in(other)
        assert other.post(CODE, {"code": one}).get("Location") == location


def test_new_recovery_codes_end_the_old_ones(client, sven):
    set_up(client)
    old = client.get(CODES).context["unused_codes"]
    assert client.post(f"{CODES}generate/")["Location"] == CODES
    new = client.get(CODES).context["unused_codes"]
    assert len(new) == 10
    assert not set(new) & set(old)


def test_a_session_from_before_the_second_factor_must_use_it_too(client, sven):
    """An intruder with the password was here first: what the owner sets up shuts him out."""
    sign_in(client)
    set_up(Client())
    for path in (ADMIN, SET_UP, CODES, "/accounts/2fa/", "/accounts/reauthenticate/"):
        assert client.get(path)["Location"].startswith(AGAIN)


def test_such_a_session_goes_on_with_a_code(client, sven, clock):
    sign_in(client)
    key = set_up(Client())
    clock.shift(timedelta(seconds=30))
    assert client.post(f"{AGAIN}?next={ADMIN}", {"code": code(key)})["Location"] == ADMIN
    assert client.get(ADMIN).status_code == 200


def test_a_session_made_without_allauth_counts_as_not_verified(client, sven, key):
    client.force_login(sven)
    assert client.get(ADMIN)["Location"].startswith(AGAIN)


def test_use_of_a_second_factor_that_was_removed_does_not_count(client, key):
    signed_in(client, key)
    Authenticator.objects.all().delete()
    assert client.get(ADMIN)["Location"].startswith(SET_UP)


def test_the_database_never_holds_the_key(client, sven):
    sign_in(client)
    key = key_of(client.get(SET_UP))
    assert key not in everything_kept() + repr(client.session.items())
    client.post(SET_UP, {"code": code(key)})
    assert key not in everything_kept() + repr(client.session.items())
    assert Authenticator.objects.filter(type="totp").count() == 1
