"""What somebody leaves behind in a browser, a cache or a log, and what a hostile request finds: nothing."""

import pickle
import subprocess
import sys

import pytest
from auditlog.models import LogEntry
from django.test import Client

from accounts.models import User
from accounts.rights import keep_company
from calendarsync import providers
from mss import reports
from mss.cache import SignedSerializer
from mss.simulators.pbx import Membership as AtOneX

from ..test_checks import PRODUCTION, ROOT

pytestmark = pytest.mark.django_db

OFFICE = {"kind": "exchange_online", "name": "Office 365"}


def office(customer="contoso"):
    company = keep_company(customer, customer.title(), "", "Europe/Stockholm")
    return providers.create(company, providers.template([]), **OFFICE)


def test_a_message_that_nobody_saw_is_gone_with_the_session(signed_in):
    client = signed_in("anna")
    client.post("/kalendersynk/ny/", {**OFFICE, "name": "KANARIE"})
    client.post("/logga-ut/")
    assert "KANARIE" not in client.get("/logga-in/").text


def test_signing_out_says_that_telenor_id_may_still_be_signed_in(signed_in):
    client = signed_in("anna")
    assert "Stäng den om fler använder datorn." in client.post("/logga-ut/", follow=True).text


@pytest.mark.parametrize("key", ["\\000aaaaaaaaaaaa", "åäöåäöåäöåäö", "../../../etc", "'" * 12])
def test_a_session_cookie_that_is_no_key_is_nobodys(client, settings, key):
    client.cookies[settings.SESSION_COOKIE_NAME] = f'"{key}"'
    assert client.get("/logga-in/").status_code == 200
    header = f'{settings.SESSION_COOKIE_NAME}="{key}"'
    assert Client(headers={"cookie": header}).get("/kalendersynk/").status_code == 302


def test_a_body_larger_than_any_form_is_refused_unread(signed_in):
    answer = signed_in("anna").post("/kalendersynk/ny/", {"name": "x" * 1_000_001})
    assert (answer.status_code, "för stort" in answer.text) == (413, True)


def test_a_nul_in_a_filter_of_the_admin_is_refused(client):
    assert client.get("/admin/accounts/user/?username__contains=%00").status_code == 400


def test_a_form_from_elsewhere_is_not_shown_under_our_name(settings):
    client = Client(enforce_csrf_checks=True)
    theirs = client.post("/logga-ut/", {"text": "Ring 0900"}, headers={"origin": "https://evil.test"})
    assert (theirs.status_code, "Ring 0900" in theirs.text) == (403, False)
    ours = client.post("/logga-ut/", {"text": "Mitt", "lösenord": "hemligt", "code": "123"})
    assert ("Mitt" in ours.text, "hemligt" in ours.text, "123" in ours.text) == (True, False, False)


# Two companies, two tabs


def test_a_form_of_one_company_is_not_taken_for_another_chosen_meanwhile(signed_in, world):
    world.pbx.persons["anna"].memberships.append(AtOneX("fabrikam", True))
    client = signed_in("anna")
    contoso, fabrikam = (User.objects.get().companies.get(customer=each) for each in ("contoso", "fabrikam"))
    client.post("/foretag/", {"company": contoso.pk})
    assert f'name="company" value="{contoso.pk}"' in client.get("/kalendersynk/ny/").text
    client.post("/foretag/", {"company": fabrikam.pk})
    answer = client.post("/kalendersynk/ny/", {**OFFICE, "company": contoso.pk})
    assert (answer.status_code, fabrikam.providers.count(), contoso.providers.count()) == (403, 0, 0)
    assert "Office 365" in answer.text


def test_who_loses_the_company_they_are_in_is_not_moved_to_another_in_silence(signed_in, world):
    memberships = world.pbx.persons["anna"].memberships
    memberships.append(AtOneX("fabrikam", True))
    client = signed_in("anna")
    client.post("/foretag/", {"company": User.objects.get().companies.get(customer="contoso").pk})
    memberships[0].administrator = False
    User.objects.update(rights_at=None)
    assert client.get("/kalendersynk/")["Location"] == "/foretag/?next=%2Fkalendersynk%2F"


@pytest.mark.parametrize("pk", ["9" * 5000, "²", "1e3", "-1"])
def test_a_company_that_is_no_number_is_not_found(signed_in, pk):
    assert signed_in("anna").post("/foretag/", {"company": pk}).status_code == 404


# What is kept


def test_the_audit_log_believes_nothing_a_client_says_of_itself(signed_in):
    provider = office()
    lies = {"X-Forwarded-For": "no address", "X-Forwarded-Port": "9" * 30, "X-Correlation-ID": "x" * 300}
    client = signed_in("anna")
    page = client.get(f"/kalendersynk/{provider.pk}/installningar/").text
    version = page.partition('name="version" value="')[2].partition('"')[0]
    form = {"name": "Kontoret", "days_ahead": "14", "all_private": "on", "version": version}
    assert client.post(f"/kalendersynk/{provider.pk}/installningar/", form, headers=lies).status_code == 302
    entry = LogEntry.objects.get_for_object(provider).first()
    assert (entry.actor, entry.remote_addr, entry.remote_port, entry.cid) == (
        User.objects.get(),
        None,
        None,
        None,
    )


def test_what_this_service_did_not_keep_in_redis_is_not_loaded(settings):
    ours = SignedSerializer()
    assert ours.loads(ours.dumps({"a": [1]})) == {"a": [1]}
    assert ours.loads(str(ours.dumps(7)).encode()) == 7
    for forged in (pickle.dumps({"a": 1}), b"x" * 32 + pickle.dumps(1), b"", ours.dumps("a")[:-1] + b"x"):
        with pytest.raises(pickle.UnpicklingError):
            ours.loads(forged)
    kept = ours.dumps("a")
    settings.SECRET_KEY = "another"
    with pytest.raises(pickle.UnpicklingError):
        ours.loads(kept)


def test_reports_of_errors_hold_no_query_no_cookie_and_no_person():
    request = {"url": "https://x.test/a?code=KANARIE", "query_string": "q=KANARIE", "cookies": "KANARIE"}
    event = {
        "request": {**request, "headers": {"Cookie": "KANARIE"}},
        "user": {"email": "KANARIE"},
        "message": "m",
    }
    assert "KANARIE" not in str(reports.without_what_was_asked(event, None))
    assert reports.without_calls({"category": "httplib"}, None) is None
    assert reports.without_calls({"category": "log"}, None) == {"category": "log"}


def test_the_web_process_refuses_settings_that_cannot_work():
    environment = {**PRODUCTION, "PATH": "/usr/bin:/bin", "ONEX_TOKEN": "simulated-x", "BIND": "127.0.0.1:0"}
    command = [sys.executable, "-m", "gunicorn", "--config", "python:mss.gunicorn", "mss.wsgi"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "(mss.E004) ONEX_TOKEN is the simulated world's." in done.stderr


def test_the_second_factor_that_is_removed_takes_the_sessions_along(signed_in):
    from accounts import sessions

    mine, other = signed_in("anna"), signed_in("filip")
    sessions.end([User.objects.get(telenor_id="anna")])
    assert [each.get("/instrumentpanel/").status_code for each in (mine, other)] == [302, 200]
