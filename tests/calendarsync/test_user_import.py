"""What an import of a list really does, to whom is in it and to whom is not."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calendarsync import changes, userlist
from calendarsync.models import Provider

from .factories import add_provider
from .importing import ANNA, BERTIL, CECILIA, FILIP, carry_on, emails, hire, paste, url, words
from .judged import judged


@pytest.fixture
def provider(db, move_to, world, tmp_path):
    return add_provider(world, tmp_path, "--active", users=(ANNA,))


@pytest.fixture
def anna(move_to, signed_in):
    return judged(signed_in("anna"))


# The import


def test_an_import_adds_who_can_be_added_and_takes_effect(anna, opened):
    office = opened(users=(BERTIL,))
    office.book("10:00", "11:00")
    done = carry_on(anna, paste(anna, office.provider, ANNA, BERTIL, FILIP))
    assert "Importen är klar" in words(done)
    assert "1 lades till 1 fanns redan 1 kunde inte läggas till" in words(done)
    office.sync()
    assert office.held() == ["10:00–11:00 meeting"]


def test_who_imported_is_recorded_without_a_name(anna, provider):
    carry_on(anna, paste(anna, provider, BERTIL, CECILIA))
    entry = LogEntry.objects.latest("pk")
    assert (entry.actor.telenor_id, entry.changes) == ("anna", {"users_added": ["", "2"]})
    assert "bertil" not in f"{entry.additional_data}{entry.object_repr}".lower()


def test_a_second_press_adds_nobody_twice_and_sees_what_the_first_did(anna, provider):
    preview = paste(anna, provider, BERTIL)
    first, second = carry_on(anna, preview), carry_on(anna, preview)
    for done in (first, second):
        assert "1 lades till 0 fanns redan" in words(done)
    assert emails() == [ANNA, BERTIL]
    assert LogEntry.objects.filter(changes__has_key="users_added").count() == 1


@pytest.mark.django_db(transaction=True)
def test_presses_at_the_same_moment_add_nobody_twice(provider, signed_in, world):
    client = signed_in("anna")
    draft = paste(client, provider, *hire(world, 40)).context["draft"]

    def press(_number: int) -> int:
        other = Client()
        other.cookies = client.cookies
        try:
            return other.post(url(provider), {"list": draft.key}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as presses:
        assert list(presses.map(press, range(4))) == [302] * 4
    assert len(emails()) == 41
    assert LogEntry.objects.filter(changes__has_key="users_added").count() == 1


def test_two_tabs_with_the_same_list_add_nobody_twice(anna, provider):
    one, two = paste(anna, provider, BERTIL), paste(anna, provider, BERTIL)
    assert "1 lades till 0 fanns redan" in words(carry_on(anna, one))
    assert "0 lades till 1 fanns redan" in words(carry_on(anna, two))


def test_a_list_is_judged_again_when_it_is_written(anna, provider, world):
    preview = paste(anna, provider, BERTIL, CECILIA)
    del world.pbx.extensions["cecilia"]
    assert "1 lades till 0 fanns redan 1 kunde inte läggas till" in words(carry_on(anna, preview))


def test_one_x_away_when_it_is_written_keeps_the_list(anna, provider, world):
    preview = paste(anna, provider, BERTIL)
    world.faults.add("onex", "extensions", times=None, status=503)
    answer = carry_on(anna, preview)
    assert answer.status_code == 503
    assert "One X svarar inte just nu, så ingen har lagts till. Listan finns kvar." in words(answer)
    assert "Importera 1 användare" in words(answer)


def test_an_import_that_meets_another_instances_is_made_again(provider, world, tmp_path, monkeypatch):
    other = add_provider(world, tmp_path, "--active", name="Exchange Malmö")
    extensions = userlist.found(provider.company, "", 100)
    row, now, resolve = userlist.Row(1, BERTIL), timezone.now(), userlist.resolve
    met: list[Provider] = []

    def late(rows: Any, to: Provider, listed: Any) -> list[userlist.Row]:
        judged = resolve(rows, to, listed)
        if not met:
            met.append(other)
            userlist.add(resolve(rows, other, listed), other, now)
        return judged

    monkeypatch.setattr(userlist, "resolve", late)
    assert changes.import_users(provider, [row], extensions, 0, now).rows[0].code is None
    assert (met, emails()) == ([other], [ANNA, BERTIL])


# Who is not in the list


def test_who_is_not_in_the_list_stays_unless_asked(anna, provider):
    preview = paste(anna, provider, BERTIL)
    assert "Användare som saknas i listan (1) Behåll Ta bort" in words(preview)
    assert re.search('value="keep" checked', preview.content.decode())
    carry_on(anna, preview, missing="keep")
    assert emails() == [ANNA, BERTIL]


def test_removal_names_the_number_and_asks(anna, provider):
    preview = paste(anna, provider, BERTIL)
    asked = carry_on(anna, preview, missing="remove")
    assert "1 användare saknas i listan." in words(asked)
    assert "Det går inte att ångra." in words(asked)
    assert emails() == [ANNA]
    done = carry_on(anna, preview, missing="remove", agreed="1")
    assert "1 lades till 0 fanns redan 0 kunde inte läggas till 1 togs bort" in words(done)
    assert emails() == [BERTIL]
    noted = [entry.changes for entry in LogEntry.objects.order_by("-pk")[:2]]
    assert noted == [{"users_removed": ["", "1"]}, {"users_added": ["", "1"]}]


def test_if_more_would_be_removed_by_now_it_asks_again_and_nothing_is_written(anna, provider):
    preview = paste(anna, provider, BERTIL)
    provider.users.create(company=provider.company, email=CECILIA, extension="cecilia", name="Cecilia")
    again = carry_on(anna, preview, missing="remove", agreed="1")
    assert "2 användare saknas i listan." in words(again)
    assert emails() == [ANNA, CECILIA]


def test_nobody_is_removed_by_a_list_with_rows_that_cannot_be_added(anna, provider):
    preview = paste(anna, provider, BERTIL, "annna@contoso.test")
    assert "1 användare saknas i listan och behålls. Så länge listan har rader" in words(preview)
    done = carry_on(anna, preview, missing="remove", agreed="1")
    assert "Ingen togs bort, eftersom vissa rader inte kunde läggas till." in words(done)
    assert emails() == [ANNA, BERTIL]


@pytest.mark.parametrize("agreed", ["x", "-1", "9" * 5000, "1.5", ""])
def test_what_is_no_number_agrees_to_nothing(anna, provider, agreed):
    answer = carry_on(anna, paste(anna, provider, BERTIL), missing="remove", agreed=agreed)
    assert "1 användare saknas i listan." in words(answer)
    assert emails() == [ANNA]


# Size


def test_an_import_costs_a_query_for_many_rows(anna, provider, world):
    def queries(rows: list[str]) -> int:
        preview = paste(anna, provider, *rows)
        with CaptureQueriesContext(connection) as counted:
            carry_on(anna, preview)
        return len(counted)

    everybody = hire(world, 1203)
    few, more, many = everybody[:1], everybody[1:3], everybody[3:]
    one = queries(few)
    assert queries(more) == one
    assert queries(many) <= one + len(many) // 30  # SQLite takes 35 rows at a time, PostgreSQL 500
