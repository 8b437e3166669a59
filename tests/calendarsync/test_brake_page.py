"""*Synken är pausad*: too many calendars were emptied at once, and the administrator answers."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from calendarsync import engine, suspicion
from calendarsync.models import Provider

from ..pages.strict import assert_strict
from . import arrange as f
from .test_brake import FORTY, TWELVE, braked, empty, fill, kept, later  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db

PAUSED = (
    "Synken är pausad. 12 av 40 användares bokningar försvann på en gång. Kontrollera medgivandet och Exchange. "
    "Fortsätt ändå Behåll i One X"
)
DASHBOARD = "/instrumentpanel/"


@pytest.fixture
def provider(request, db):
    """Twelve of forty mailboxes were found empty: nine were believed, then the provider stopped; the clock stands."""
    with time_machine.travel(timezone.now(), tick=False):
        yield request.getfixturevalue("braked")


@pytest.fixture
def anna(provider, signed_in):
    return signed_in("anna")


def words(answer):
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def answered(client, provider, answer, **more):
    address = reverse("calendarsync:provider-brake", args=[provider.pk])
    return client.post(address, {"answer": answer} | more, follow=True)


def test_the_dashboard_and_every_tab_of_the_instance_ask(anna, provider):
    dashboard = anna.get(DASHBOARD)
    assert f"Office 365: {PAUSED}" in words(dashboard)
    assert_strict(dashboard)
    for page in ("provider-settings", "provider-rules", "user-list"):
        answer = anna.get(reverse(f"calendarsync:{page}", args=[provider.pk]))
        assert words(answer).count(PAUSED) == 1, page
        assert_strict(answer)


def test_nobody_is_asked_while_nothing_is_paused(anna, provider):
    Provider.objects.update(braked_at=None)
    for page in (DASHBOARD, reverse("calendarsync:user-list", args=[provider.pk])):
        assert "Fortsätt ändå" not in words(anna.get(page))


@pytest.mark.parametrize(
    ("answer", "asks"),
    [
        ("continue", "One X har kvar bokningar för 3 användare med tom kalender."),
        ("keep", "Det som One X har för 3 användare ligger kvar till sitt slut"),
    ],
)
def test_an_answer_is_asked_for_once_more_with_the_number(anna, provider, world, answer, asks):
    page = answered(anna, provider, answer)
    assert page.status_code == 200
    assert asks in words(page)
    assert "Synken är pausad" not in words(page)
    assert_strict(page)
    provider.refresh_from_db()
    assert provider.braked_at is not None
    assert suspicion.doubted(provider).count() == kept(world) == 3


def test_continue_anyway_withdraws_what_is_gone(anna, provider, world):
    done = answered(anna, provider, "continue", confirmed="1")
    assert done.redirect_chain == [(DASHBOARD, 302)]
    assert "Synken fortsätter. 3 användare läses igen" in words(done)
    assert PAUSED not in words(done)
    engine.run()
    assert kept(world) == 0


def test_keep_in_one_x_keeps_it_also_when_it_is_read_again(anna, provider, world):
    done = answered(anna, provider, "keep", confirmed="1")
    assert "Det som One X har för 3 användare ligger kvar." in words(done)
    for seconds in (70, 140, 4000):
        with later(seconds):
            f.periodic(*TWELVE)
    assert kept(world) == 3
    provider.refresh_from_db()
    assert provider.braked_at is None


@pytest.mark.parametrize("answer", ["continue", "keep"])
def test_the_second_to_answer_is_told_that_it_is_settled(anna, provider, world, answer):
    answered(anna, provider, "keep", confirmed="1")
    done = answered(anna, provider, answer, confirmed="1")
    assert "Synken är inte pausad längre. Ingenting ändrades." in words(done)
    engine.run()
    assert kept(world) == 3


@pytest.mark.parametrize("answer", ["", "stop", "continue\0"])
def test_an_answer_nobody_was_asked_for_changes_nothing(anna, provider, answer):
    done = answered(anna, provider, answer, confirmed="1")
    assert done.redirect_chain == [(DASHBOARD, 302)]
    provider.refresh_from_db()
    assert provider.braked_at is not None


def test_another_companys_instance_is_not_found(provider, signed_in):
    for answer in ("continue", "keep"):
        assert answered(signed_in("filip"), provider, answer, confirmed="1").status_code == 404
    provider.refresh_from_db()
    assert provider.braked_at is not None


def test_it_is_answered_by_a_form_alone(anna, provider):
    assert anna.get(reverse("calendarsync:provider-brake", args=[provider.pk])).status_code == 405


def test_while_one_x_is_away_it_is_read_and_not_answered(anna, provider, world):
    world.faults.add("onex", "/persons", status=503, times=None)
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        page = anna.get(DASHBOARD)
        assert "Synken är pausad. 12 av 40" in words(page)
        assert "Fortsätt ändå" not in words(page)
        assert answered(anna, provider, "continue", confirmed="1").status_code == 503
    provider.refresh_from_db()
    assert provider.braked_at is not None


def test_a_trouble_that_must_be_mended_first_is_said_instead(anna, provider):
    Provider.objects.update(trouble="consent_revoked", trouble_since=timezone.now())
    said = words(anna.get(DASHBOARD))
    assert "Medgivandet har tagits bort" in said
    assert "Fortsätt ändå" not in said


@pytest.mark.parametrize(("answer", "said"), [("continue", "tas tillbaka"), ("keep", "behålls")])
def test_who_answered_and_what_is_in_the_change_log(anna, provider, answer, said):
    answered(anna, provider, answer, confirmed=1)
    log = words(anna.get(reverse("calendarsync:provider-log", args=[provider.pk])))
    assert "Anna Berg Pausen avslutades: det" in log
    assert said in log
