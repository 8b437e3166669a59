"""The page *Hälsokontroll*: asks first, runs beside the page, tells each check in Swedish, and forgets who is gone."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from calendarsync import health
from calendarsync.models import Provider, SyncedUser
from calendarsync.portal import checkfacts, checkjob, checkwords
from calendarsync.portal.checkup import Check, Code, Status
from calendarsync.views import checkup as page

from ..core.samples import WEDNESDAY
from ..pages.strict import assert_strict


@pytest.fixture(autouse=True)
def _nothing_remembered():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _the_page_waits_for_the_end(monkeypatch):
    monkeypatch.setattr(page, "PATIENCE", 60)


@pytest.fixture
def office(opened):
    office = opened()
    office.sync()
    return office


@pytest.fixture
def anna(office, signed_in):
    return signed_in("anna")


def address_of(provider: Any) -> str:
    return reverse("calendarsync:provider-health", args=[provider.pk])


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", unescape(answer.content.decode())).split())


def badges(answer: Any) -> list[tuple[str, str]]:
    """Title and badge of each check of the page."""
    lines = re.findall(r"<li>\s*<div class=\"head\">(.*?)</div>", unescape(answer.content.decode()), re.S)
    plain = [re.split(r"</h3>", line) for line in lines]
    return [tuple(" ".join(re.sub(r"<[^>]*>", " ", part).split()) for part in line) for line in plain]


def test_the_page_asks_before_it_checks(anna, office):
    office.world.requests.clear()
    answer = anna.get(address_of(office.provider))
    assert_strict(answer)
    assert 'id="result"' not in answer.content.decode()
    assert [each.path for each in office.world.requests if "/token" in each.path] == []


def test_the_page_tells_each_check_in_the_words_of_the_product(anna, office):
    sent = anna.post(address_of(office.provider))
    assert (sent.status_code, sent["Location"]) == (302, address_of(office.provider))
    answer = anna.get(address_of(office.provider))
    assert_strict(answer)
    result = checkjob.latest(office.provider)
    with translation.override("sv"):
        titles = [checkwords.told(each, "").title for each in result.checks]
    assert [title for title, _ in badges(answer)] == titles
    assert "Anna Berg" in words(answer)
    assert (result.ended, len(result.checks)) == (True, 6)
    assert "hx-trigger" not in answer.content.decode()


def test_the_page_says_what_is_wrong_and_what_mends_it(anna, office):
    next(iter(office.world.tenants.values())).consented = False
    anna.post(address_of(office.provider))
    answer = anna.get(address_of(office.provider))
    assert_strict(answer)
    with translation.override("sv"):
        assert str(health.EXPLAINED["consent_revoked"][1]) in words(answer)
    assert "AADSTS7000229" in words(answer)


def test_an_address_of_nobody_is_refused_at_the_field_and_kept(anna, office):
    answer = anna.post(address_of(office.provider), {"address": "filip@fabrikam.test"})
    assert answer.status_code == 422
    assert_strict(answer)
    typed = re.search(r'<input[^>]*id="id_address"[^>]*>', answer.content.decode())[0]
    assert 'value="filip@fabrikam.test"' in typed
    assert 'aria-invalid="true"' in typed
    assert checkjob.latest(office.provider) is None


def test_an_address_of_another_company_is_refused_in_the_same_words_as_an_unknown_one(anna, office):
    said = [
        words(anna.post(address_of(office.provider), {"address": address})).replace(address, "x")
        for address in ("filip@fabrikam.test", "nobody@contoso.test")
    ]
    assert said[0] == said[1]


def test_with_one_x_away_a_typed_address_is_not_tried(anna, office):
    office.world.faults.add("onex", times=None, status=503)
    anna.post(address_of(office.provider), {"address": "cecilia@contoso.test"})
    found = {each.code: each for each in checkjob.latest(office.provider).checks}
    assert (found["mailbox"].status, found["mailbox"].trouble) == (Status.SKIPPED, "onex_away")
    assert LogEntry.objects.filter(action=LogEntry.Action.ACCESS).count() == 0


def test_a_run_that_goes_on_is_shown_and_looked_after_until_it_ends(anna, office):
    done = (Check(Code.CONSENT, Status.OK, found="token"),)
    goes_on = checkjob.Result(timezone.now(), None, done)
    cache.set(f"checkup-{office.provider.pk}", goes_on)
    answer = anna.get(address_of(office.provider))
    assert_strict(answer)
    assert f'hx-get="{address_of(office.provider)}" hx-trigger="every 2s"' in answer.content.decode()
    assert len(badges(answer)) == 6
    assert "</progress>" in answer.content.decode()
    part = anna.get(address_of(office.provider), headers={"HX-Request": "true"})
    assert part.content.decode().strip().startswith("<section")
    assert_strict(part, whole=False)


def test_a_run_whose_process_died_is_given_up(anna, office, move_to):
    cache.set(f"checkup-{office.provider.pk}", checkjob.Result(timezone.now(), None))
    move_to(timezone.now() + checkjob.GIVEN_UP + timedelta(seconds=1))
    answer = anna.get(address_of(office.provider))
    assert "hx-trigger" not in answer.content.decode()
    assert "note warn" in answer.content.decode()


def test_two_tabs_share_one_run(anna, office, signed_in):
    goes_on = checkjob.Result(timezone.now(), None)
    cache.set(f"checkup-{office.provider.pk}", goes_on)
    office.world.requests.clear()
    assert signed_in("anna").post(address_of(office.provider)).status_code == 302
    assert [each.path for each in office.world.requests if "/token" in each.path] == []
    assert checkjob.latest(office.provider) == goes_on
    assert LogEntry.objects.filter(action=LogEntry.Action.ACCESS).count() == 0


def test_of_two_that_begin_at_the_same_moment_one_runs(office):
    provider = Provider.objects.select_related("company").get(pk=office.provider.pk)
    facts = checkfacts.gather(provider, None, "a test", timezone.now())
    cache.add(f"checkup-runs-{provider.pk}", True)
    office.world.requests.clear()
    assert checkjob.start(facts).done()
    assert (list(office.world.requests), checkjob.latest(provider)) == ([], None)


def test_when_a_run_has_ended_another_may_begin(anna, office):
    anna.post(address_of(office.provider))
    office.world.requests.clear()
    anna.post(address_of(office.provider))
    assert len([each.path for each in office.world.requests if "/token" in each.path]) == 1


def test_who_was_removed_since_is_not_named_any_more(anna, office):
    anna.post(address_of(office.provider))
    SyncedUser.objects.filter(extension="anna").update(state=SyncedUser.State.REMOVING)
    told = words(anna.get(address_of(office.provider))).partition("Calendars.Read")[2]
    assert "Anna Berg" not in told


def test_an_instance_on_premises_says_honestly_that_it_cannot_be_checked(anna, office):
    Provider.objects.update(kind=Provider.Kind.EXCHANGE_ONPREM)
    office.world.requests.clear()
    assert anna.post(address_of(office.provider)).status_code == 302
    answer = anna.get(address_of(office.provider))
    assert_strict(answer)
    assert '<form class="card' not in answer.content.decode()
    assert checkjob.latest(office.provider) is None


def test_another_companys_instance_is_not_found(anna, office, signed_in):
    filip = signed_in("filip")
    anna.post(address_of(office.provider))
    assert filip.get(address_of(office.provider)).status_code == 404
    assert filip.post(address_of(office.provider)).status_code == 404


@pytest.mark.parametrize("removed", [0, 1])
def test_the_page_asks_the_database_as_much_for_one_user_as_for_two(anna, office, removed):
    users = office.provider.users.filter(extension="bertil")[:removed]
    SyncedUser.objects.filter(pk__in=users).update(state=SyncedUser.State.REMOVING)
    anna.post(address_of(office.provider))
    with CaptureQueriesContext(connection) as asked:
        anna.get(address_of(office.provider))
    assert len(asked) == 5


def test_times_are_told_as_they_are_in_sweden(anna, office):
    anna.post(address_of(office.provider))
    assert f"{WEDNESDAY} 07:00" in words(anna.get(address_of(office.provider)))
