"""*Användare*: *Lägg till*."""

import re
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calendarsync.forms.users import AddUserForm
from calendarsync.models import Provider, SyncedUser
from mss.simulators.pbx import Extension

from . import listed
from .factories import add_provider
from .listed import ANNA, BERTIL, FILIP, names, person, url, words

provider, empty, anna, crowd = listed.provider, listed.empty, listed.anna, listed.crowd


# Lägg till


def add(client: Any, provider: Provider, subscription: str, email: str, **more: Any) -> Any:
    return client.post(url(provider, "user-add"), {"subscription": subscription, "email": email}, **more)


def test_a_subscription_is_found_by_name_number_and_address(anna, empty):
    for q in (
        "anna",
        "ANNA B",
        "anna@contoso.test",
        "010-100 00 01",
        "+46101000001",
        "0046101000001",
        "000001",
    ):
        answer = anna.get(url(empty, "user-add"), {"q": q})
        assert [(each.id, driver) for each, driver in answer.context["found"]] == [("anna", None)], q


def test_choosing_a_subscription_proposes_its_address(anna, empty):
    answer = anna.get(url(empty, "user-add"), {"q": "anna", "subscription": "+46101000001"})
    assert "Anna Berg +46101000001" in words(answer)
    assert f'value="{ANNA}"' in answer.content.decode()


def test_who_is_added_is_read_at_once_and_the_field_is_empty_for_the_next(anna, opened):
    office = opened(users=(BERTIL,))
    office.book("10:00", "11:00")
    answer = add(anna, office.provider, "+46101000001", ANNA, follow=True)
    assert answer.redirect_chain == [(url(office.provider, "user-add"), 302)]
    assert "Anna Berg är tillagd. Första synkningen pågår." in words(answer)
    assert names(answer) == ["Anna Berg", "Bertil Åström"]
    field = re.search(r'<input type="search" name="q"[^>]*>', answer.content.decode())[0]
    assert "value" not in field
    assert "autofocus" in field
    office.sync()
    assert office.held() == ["10:00–11:00 meeting"]


def test_who_is_added_to_an_instance_that_is_off_is_not_promised_anything(anna, empty):
    Provider.objects.update(active=False)
    said = words(add(anna, empty, "+46101000001", ANNA, follow=True))
    assert "Anna Berg är tillagd och synkas när leverantören är aktiv." in said


def test_the_outlook_address_may_be_another_than_one_x_has(anna, empty):
    add(anna, empty, "+46101000003", "Cecilia.O'Neill+mss@contoso.test")
    assert person(empty, "cecilia").email == "Cecilia.O'Neill+mss@contoso.test"


def test_who_added_whom_is_recorded_without_a_name(anna, empty):
    add(anna, empty, "+46101000001", ANNA)
    entry = LogEntry.objects.latest("pk")
    assert (entry.actor.telenor_id, entry.changes) == ("anna", {"users_added": ["", "1"]})
    assert "anna" not in f"{entry.additional_data}{entry.object_repr}".lower()


@pytest.mark.parametrize("q", [FILIP, "nobody@contoso.test"])
def test_an_address_of_another_company_is_as_unknown_as_one_of_nobody(anna, empty, q):
    said = words(anna.get(url(empty, "user-add"), {"q": q}))
    assert (
        f"Ingen i ert One X har adressen {q}. Kontrollera stavningen, eller beställ ett abonnemang i Mitt Företag."
        in said
    )


@pytest.mark.parametrize("asked", [FILIP, "nobody@contoso.test"])
def test_a_subscription_of_another_company_cannot_be_sent_in_either(anna, empty, asked):
    answer = add(anna, empty, asked, "x@contoso.test")
    sentence = f"ngen i ert One X har adressen {asked}. Kontrollera stavningen, eller beställ ett abonnemang"
    assert (answer.status_code, words(answer).count(sentence)) == (422, 2)
    assert 'value="x@contoso.test"' in answer.content.decode()
    assert SyncedUser.objects.count() == 0


@pytest.mark.parametrize("number", ["+46102000001", "+46999999999"])
def test_a_number_of_another_company_is_as_unknown_as_one_of_nobody(anna, empty, number):
    answer = add(anna, empty, number, FILIP)
    assert (answer.status_code, words(answer).count(f"ngen i ert One X matchar ”{number}”.")) == (422, 2)
    assert SyncedUser.objects.count() == 0


def test_an_address_alone_stands_for_its_subscription(anna, empty):
    assert add(anna, empty, "", ANNA).status_code == 302
    answer = add(anna, empty, "", FILIP)
    assert (answer.status_code, words(answer).count(f"ngen i ert One X har adressen {FILIP}.")) == (422, 2)


@pytest.mark.parametrize("subscription", ["anna", "Anna Berg", "%", "", "\0", "x" * 10_000, "+46", "@"])
def test_what_is_no_whole_number_or_address_chooses_nobody(anna, empty, subscription):
    answer = add(anna, empty, subscription, "nobody@contoso.test")
    assert (answer.status_code, SyncedUser.objects.count()) == (422, 0)


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        ("", "nge en e-postadress, till exempel namn@foretag.se."),
        ("   ", "nge en e-postadress, till exempel namn@foretag.se."),
        ("anna", "nge en e-postadress, till exempel namn@foretag.se."),
        ("anna@contoso", "nge en e-postadress, till exempel namn@foretag.se."),
        ("<b>@contoso.test", "nge en e-postadress, till exempel namn@foretag.se."),
        ("a b@contoso.test", "nge en e-postadress, till exempel namn@foretag.se."),
        ("anna@contoso.test\0", "a bort tecknen som inte syns."),
        ("x" * 10_000 + "@contoso.test", "nge högst 320 tecken."),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_what_is_no_address_is_said_at_the_field_and_nothing_is_lost(anna, empty, email, sentence):
    answer = add(anna, empty, "+46101000001", email)
    assert answer.status_code == 422
    assert words(answer).startswith("Fel:")
    assert words(answer).count(sentence) == 2
    html = answer.content.decode()
    assert 'href="#id_email"' in html
    assert 'aria-describedby="id_email_helptext id_email_error"' in html
    assert "Anna Berg" in html
    assert 'name="subscription" value="+46101000001"' in html
    assert SyncedUser.objects.count() == 0


def test_half_a_character_is_no_address():
    form = AddUserForm({"subscription": "\ud83d", "email": "anna\ud83d@contoso.test"})
    assert set(form.errors) == {"subscription", "email"}


def test_a_user_is_not_added_twice_and_the_page_shows_who_it_is(anna, provider):
    answer = add(anna, provider, "+46101000001", ANNA.upper())
    assert (answer.status_code, words(answer).count(f"{ANNA.upper()} synkas redan i Office 365.")) == (422, 1)
    assert f'href="{url(provider)}?q=anna%40contoso.test"' in answer.content.decode()
    assert provider.users.count() == 2


def test_a_subscription_that_follows_another_user_is_not_added_and_the_page_shows_whom(
    anna, provider, world, tmp_path
):
    other = add_provider(world, tmp_path, "--active", name="Exchange Malmö")
    answer = add(anna, other, "+46101000001", "nygammal@contoso.test")
    assert answer.status_code == 422
    assert words(answer).count("bonnemanget följer redan anna@contoso.test i Office 365.") == 2
    assert f'href="{url(provider)}?q=anna%40contoso.test"' in answer.content.decode()
    assert 'value="nygammal@contoso.test"' in answer.content.decode()


def test_a_subscription_that_follows_somebody_is_shown_as_such_when_searched_for(anna, provider):
    answer = anna.get(url(provider, "user-add"), {"q": "anna"})
    assert "Följer anna@contoso.test i Office 365" in words(answer)
    assert "&amp;subscription=" not in answer.content.decode()


def test_the_same_address_on_two_subscriptions_is_chosen_by_number(anna, empty, world):
    world.pbx.extensions["mobile"] = Extension("mobile", "contoso", "+46101000098", "Anna mobil", ANNA, [])
    answer = add(anna, empty, "", ANNA)
    assert (answer.status_code, words(answer).count(f"lera abonnemang i ert One X har {ANNA}.")) == (422, 2)
    assert add(anna, empty, "+46101000098", ANNA).status_code == 302
    assert person(empty, "mobile").email == ANNA


def test_no_more_than_twenty_are_listed_and_the_page_says_that_there_are_more(anna, empty, world):
    for place in range(25):
        ident = f"m{place:02}"
        world.pbx.extensions[ident] = Extension(
            ident, "contoso", f"+4670100{place:04}", f"Massa {ident}", None, []
        )
    answer = anna.get(url(empty, "user-add"), {"q": "massa"})
    assert len(answer.context["found"]) == 20
    assert "Det finns fler. Skriv mer av namnet, numret eller adressen." in words(answer)


@pytest.mark.parametrize(
    ("q", "sentence"),
    [
        ("", "Ange ett namn, ett nummer eller en e-postadress."),
        ("a", "Ange minst två tecken."),
        ("x" * 10_000, "Ange högst 100 tecken."),
        ("an\0na", "Ta bort tecknen som inte syns."),
    ],
    ids=["none", "one letter", "long", "NUL"],
)
def test_what_cannot_be_searched_for_is_said_at_the_field(anna, empty, q, sentence):
    answer = anna.get(url(empty, "user-add"), {"q": q})
    assert sentence in words(answer)
    assert "found" not in answer.context


def test_a_search_is_text_and_not_markup(anna, empty):
    answer = anna.get(url(empty, "user-add"), {"q": "<b>nobody"})
    assert "Ingen i ert One X matchar ”&lt;b&gt;nobody”." in words(answer)


def test_one_x_away_the_search_is_kept(anna, empty, world):
    world.faults.add("onex", "/extensions", status=503, times=None)
    answer = anna.get(url(empty, "user-add"), {"q": "anna"})
    assert "One X svarar inte just nu, så ingen kan läggas till." in words(answer)
    assert 'value="anna"' in answer.content.decode()


def test_one_x_away_nothing_that_was_typed_is_lost(anna, empty, world):
    world.faults.add("onex", "/extensions", status=503, times=None)
    answer = add(anna, empty, "+46101000001", "annan@contoso.test")
    assert answer.status_code == 503
    assert "One X svarar inte just nu, så ingen kan läggas till. Det du skrev finns kvar nedan." in words(
        answer
    )
    html = answer.content.decode()
    assert 'value="annan@contoso.test"' in html
    assert 'name="subscription" value="+46101000001"' in html
    assert SyncedUser.objects.count() == 0


def test_a_search_for_subscriptions_costs_as_many_queries_for_three_as_for_one(anna, provider):
    def queries(q: str) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as counted:
            answer = anna.get(url(provider, "user-add"), {"q": q})
        return len(answer.context["found"]), len(counted)

    queries("anna")  # the session's and the rights' first
    (one, of_one), (three, of_three) = queries("anna"), queries("contoso")
    assert (one, three, of_three) == (1, 3, of_one)
