"""A session ends after half an hour in which nobody did anything, and after twelve hours anyhow."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.utils import timezone

from calendarsync import watch

pytestmark = pytest.mark.django_db

PAGE = "/foretag/"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def inside(client, **headers):
    return client.get(PAGE, **headers).status_code == 200


def test_who_does_something_now_and_then_stays_signed_in_for_twelve_hours(signed_in, clock):
    client = signed_in("anna")
    for _ in range(25):
        assert inside(client)
        clock.shift(timedelta(minutes=28))
    clock.shift(timedelta(minutes=30))
    answer = client.get(PAGE)
    assert (answer.status_code, answer["Location"]) == (302, "/logga-in/?next=%2Fforetag%2F&ended=1")


def test_half_an_hour_of_nothing_ends_it_and_says_so(signed_in, clock):
    client = signed_in("anna")
    assert inside(client)
    clock.shift(timedelta(minutes=31))
    answer = client.get(PAGE, follow=True)
    assert "Du har loggats ut eftersom du varit inaktiv." in answer.text
    assert not inside(client)


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(signed_in, clock):
    client = signed_in("anna")
    assert inside(client)
    for _ in range(31):
        clock.shift(timedelta(minutes=1))
        client.get(PAGE, headers={"X-Refresh": "auto"})
    assert not inside(client)


def test_what_was_typed_into_a_form_sent_too_late_is_shown_without_secrets(signed_in, clock):
    client = signed_in("anna")
    assert inside(client)
    clock.shift(timedelta(minutes=31))
    sent = {"name": "Kontoret i <b>Kiruna</b>", "password": "hemligt", "csrfmiddlewaretoken": "x"}
    answer = client.post(PAGE, sent)
    assert answer.status_code == 403
    assert "Kontoret i &lt;b&gt;Kiruna&lt;/b&gt;" in answer.text
    assert "hemligt" not in answer.text
    assert "/start/?next=/foretag/" in answer.text or "/start/?next=%2Fforetag%2F" in answer.text


def test_rows_of_sessions_that_are_over_are_cleared(signed_in, clock):
    client = signed_in("anna")
    assert inside(client)
    watch.do_chores(timezone.now())
    assert Session.objects.count() == 1
    clock.shift(timedelta(hours=13))
    watch.do_chores(timezone.now())
    assert Session.objects.count() == 0
