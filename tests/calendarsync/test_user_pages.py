"""*Användare*: the list and its search, *Aktiv*, *Ta bort* and *Lägg till*."""

import re
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from calendarsync import erase, roster
from calendarsync.forms.users import AddUserForm
from calendarsync.models import Provider, SyncedUser
from mss.simulators.pbx import Extension

from .factories import add_provider
from .judged import judged

HTML = re.compile(r"<[^>]*>|\s+")
ANNA, BERTIL, CECILIA = (f"{name}@contoso.test" for name in ("anna", "bertil", "cecilia"))
FILIP = "filip@fabrikam.test"


@pytest.fixture
def provider(db, move_to, world, tmp_path):
    return add_provider(world, tmp_path, "--active", users=(ANNA, BERTIL))


@pytest.fixture
def empty(db, move_to, world, tmp_path):
    return add_provider(world, tmp_path, "--active")


@pytest.fixture
def anna(move_to, signed_in):
    return judged(signed_in("anna"))


@pytest.fixture
def crowd(empty):
    """Fills the list; each is named, and has a number of their own."""

    def crowd(*names: str) -> None:
        first = SyncedUser.objects.count()
        SyncedUser.objects.bulk_create(
            SyncedUser(
                company=empty.company,
                provider=empty,
                name=name,
                email=f"{place}@contoso.test",
                extension=f"e{place}",
                number=f"+46701{place:06}",
            )
            for place, name in enumerate(names, start=first)
        )

    return crowd


def url(provider: Provider, name: str = "user-list", *more: int) -> str:
    return reverse(f"calendarsync:{name}", args=[provider.pk, *more])


def words(answer: Any) -> str:
    return " ".join(HTML.sub(" ", answer.content.decode()).split())


def names(answer: Any) -> list[str]:
    return [str(line.user) for line in answer.context["lines"]]


def found(client: Any, provider: Provider, q: str) -> list[str]:
    return names(client.get(url(provider), {"q": q}))


def person(provider: Provider, extension: str = "anna") -> SyncedUser:
    return provider.users.get(extension=extension)


# The list


def test_the_list_shows_each_user_with_status_and_latest_update(anna, office):
    said = words(anna.get(url(office.provider)))
    assert [
        word for word in ("Namn", "E-post", "Aktiv", "Status", "Senaste uppdatering") if word not in said
    ] == []
    assert (
        "Anna Berg +46101000001 E-post anna@contoso.test Aktiv Ja Status Synkad Senaste uppdatering 20"
        in said
    )


def test_an_empty_list_says_what_to_do(anna, empty):
    assert "Inga användare ännu Lägg till användare en och en, eller importera en lista." in words(
        anna.get(url(empty))
    )


def test_names_stand_in_swedish_order(anna, empty, crowd):
    crowd("Örjan", "Zoë", "Östen", "Åke", "ärla", "Anna", "Élise", "Eva", "adam", "Ægir", "Wilma", "Vera")
    assert names(anna.get(url(empty))) == [
        *("adam", "Anna", "Élise", "Eva", "Vera", "Wilma", "Zoë", "Åke", "Ægir", "ärla", "Örjan", "Östen")
    ]


def test_people_of_the_same_name_keep_their_order(anna, empty, crowd):
    crowd(*["Anna Berg"] * 5)
    pks = [line.user.pk for line in anna.get(url(empty)).context["lines"]]
    assert pks == sorted(pks)


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("åström", ["Karin Åström"]),
        ("ÅSTRÖM", ["Karin Åström"]),
        ("A\u030astrom".replace("o", "o\u0308"), ["Karin Åström"]),
        ("ström kar", ["Karin Åström"]),
        ("1@contoso", ["Olle Öberg"]),
        ("öberg", ["Olle Öberg"]),
        ("ostrom", []),
        ("0701-00 00 01", ["Olle Öberg"]),
        ("+46701000001", ["Olle Öberg"]),
        ("0046 701 000001", ["Olle Öberg"]),
        ("0001", ["Olle Öberg"]),
        ("%", []),
        ("_", []),
        ("'", []),
        ("Karin\0", ["Karin Åström"]),
        ("  ", ["Karin Åström", "Olle Öberg"]),
    ],
)
def test_a_search_finds_names_addresses_and_numbers(anna, empty, crowd, q, expected):
    crowd("Karin Åström", "Olle Öberg")
    assert found(anna, empty, q) == expected


def test_a_search_of_ten_thousand_characters_finds_nobody_and_does_no_harm(anna, empty, crowd):
    crowd("Karin Åström")
    assert found(anna, empty, "x" * 10_000) == []


def test_a_search_without_a_hit_says_so_and_can_be_cleared(anna, provider):
    answer = anna.get(url(provider), {"q": "<b>kar"})
    assert "Inga användare matchar ”&lt;b&gt;kar”. Rensa sökningen" in words(answer)


def test_there_are_fifty_on_a_page(anna, empty, crowd):
    crowd(*(f"Person {place:03}" for place in range(120)))
    first, second, last = (anna.get(url(empty), {"page": page}) for page in (1, 2, 3))
    assert [len(names(each)) for each in (first, second, last)] == [50, 50, 20]
    assert "1–50 av 120 Sida 1 av 3 Nästa" in words(first)
    assert "51–100 av 120 Föregående Sida 2 av 3 Nästa" in words(second)
    assert "101–120 av 120 Föregående Sida 3 av 3" in words(last)


def test_the_pages_of_a_search_stay_in_the_search(anna, empty, crowd):
    crowd(*(f"Åke & {place:03}" for place in range(60)), "Nobody")
    answer = anna.get(url(empty), {"q": "åke &"})
    assert "1–50 av 60" in words(answer)
    assert "?q=%C3%A5ke%20%26&amp;page=2" in answer.content.decode()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("", ["Anna Berg", "Bertil Åström", "Cecilia Öberg", "David Ek"]),
        ("attention", ["Bertil Åström", "Cecilia Öberg"]),
        ("never", ["Anna Berg", "Cecilia Öberg"]),
        ("inactive", ["David Ek"]),
        ("of another kind", ["Anna Berg", "Bertil Åström", "Cecilia Öberg", "David Ek"]),
    ],
)
def test_a_list_can_be_narrowed_to_a_status(anna, empty, crowd, status, expected):
    crowd("Anna Berg", "Bertil Åström", "Cecilia Öberg", "David Ek")
    now = timezone.now()
    empty.users.filter(name="Bertil Åström").update(trouble="mailbox_not_found", last_synced_at=now)
    empty.users.filter(name="Cecilia Öberg").update(state="blocked", trouble="extension_gone")
    empty.users.filter(name="David Ek").update(active=False, trouble="no_mailbox", last_synced_at=now)
    answer = anna.get(url(empty), {"status": status})
    assert names(answer) == expected
    shown = re.search(r'<select id="status".*?</select>', answer.content.decode(), re.S)[0]
    assert re.findall(r">([^<]+)</option>", shown) == [
        *("Alla (4)", "Behöver åtgärd (2)", "Aldrig uppdaterad (2)", "Inte aktiv (1)")
    ]


def test_a_status_that_nobody_has_says_so(anna, provider):
    assert "Inga användare har den statusen. Rensa sökningen" in words(
        anna.get(url(provider), {"status": "inactive"})
    )


@pytest.mark.parametrize("page", ["0", "-1", "x", "99", "9" * 5000, ""])
def test_a_page_that_does_not_exist_is_another_page(anna, provider, page):
    assert len(names(anna.get(url(provider), {"page": page}))) == 2


def test_a_list_costs_as_many_queries_for_three_as_for_one(anna, empty, crowd):
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert anna.get(url(empty), {"q": "per"}).status_code == 200
        return len(counted)

    crowd("Per 1")
    queries()  # the session's and the rights' first
    one = queries()
    crowd("Per 2", "Per 3")
    assert (queries(), one <= 8) == (one, True)


def test_who_is_being_removed_is_not_in_the_list(anna, provider):
    erase.remove_users(provider.users.filter(extension="anna"), timezone.now())
    assert names(anna.get(url(provider))) == ["Bertil Åström"]


def test_markup_in_a_name_is_a_name(anna, empty, crowd):
    crowd("<script>alert(1)</script>")
    assert "<script>alert" not in anna.get(url(empty)).content.decode()


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({}, "Aldrig uppdaterad"),
        ({"last_synced_at": "2026-05-06T05:00:00Z"}, "Synkad"),
        ({"active": False}, "Inte aktiv"),
        (
            {"trouble": "mailbox_not_found", "trouble_since": "2026-05-06T05:00:00Z"},
            "Behöver åtgärd Brevlådan hittas inte",
        ),
        (
            {"trouble": "timeout", "trouble_since": "2026-05-06T01:00:00Z"},
            "Synkar inte Motparten svarade inte i tid.",
        ),
        ({"state": "blocked", "trouble": "extension_gone"}, "Synkar inte Abonnemanget är avslutat i One X."),
    ],
    ids=lambda value: str(value)[:25],
)
def test_a_user_is_shown_as_it_goes(anna, provider, changed, word):
    provider.users.update(requested_at=None, **changed)
    assert f"Status {word}" in words(anna.get(url(provider)))


def test_a_trouble_that_has_just_begun_is_nobodys_business_yet(anna, provider):
    provider.users.update(last_synced_at=timezone.now(), trouble="timeout", trouble_since=timezone.now())
    assert "Status Synkad" in words(anna.get(url(provider)))


def test_nobody_is_synced_where_the_instance_is_off_or_refused(anna, provider):
    provider.users.update(last_synced_at=timezone.now())
    Provider.objects.update(trouble="consent_revoked", trouble_since=timezone.now())
    assert "Status Synkar inte Medgivandet har tagits bort" in words(anna.get(url(provider)))
    Provider.objects.update(active=False)
    assert "Status Synkas inte" in words(anna.get(url(provider)))


def test_who_was_just_added_is_under_way(anna, provider):
    assert "Status Pågår" in words(anna.get(url(provider)))


# Aktiv


def test_a_user_is_turned_off_and_on_and_it_takes_effect(anna, office):
    office.book("10:00", "11:00")
    office.sync()
    switch = url(office.provider, "user-active", office.user().pk)
    answer = anna.post(switch, {"active": "0"}, follow=True)
    assert answer.redirect_chain == [(url(office.provider), 302)]
    assert "Anna Berg är inte aktiv. Det som finns i One X tas tillbaka." in words(answer)
    office.sync()
    assert office.held() == []
    assert "Anna Berg är aktiv." in words(anna.post(switch, {"active": "1"}, follow=True))
    office.sync()
    assert len(office.held()) == 1


def test_the_switch_is_a_button_of_a_form_and_says_how_it_stands(anna, provider):
    html = anna.get(url(provider)).content.decode()
    assert re.search(
        r'role="switch" name="active" value="0" aria-checked="true" aria-label="Aktiv: Anna Berg"', html
    )
    provider.users.update(active=False)
    html = anna.get(url(provider)).content.decode()
    assert re.search(
        r'role="switch" name="active" value="1" aria-checked="false" aria-label="Aktiv: Anna Berg"', html
    )


def test_after_a_switch_one_is_back_at_the_same_place(anna, provider):
    switch = url(provider, "user-active", person(provider).pk)
    answer = anna.post(switch, {"active": "0", "q": "anna & b", "status": "never", "page": "3"})
    assert answer["Location"] == f"{url(provider)}?q=anna+%26+b&status=never&page=3"


def test_who_is_switched_on_their_own_page_is_seen_there_again(anna, provider):
    pk = person(provider).pk
    answer = anna.post(url(provider, "user-active", pk), {"active": "0", "at": "user"})
    assert answer["Location"] == url(provider, "user-detail", pk)


@pytest.mark.parametrize("page", ["x", "", "9" * 5000, "//evil.test", "²"])
def test_a_place_that_is_none_is_the_beginning(anna, provider, page):
    switch = url(provider, "user-active", person(provider).pk)
    assert anna.post(switch, {"active": "0", "page": page})["Location"] == url(provider)


def test_who_turned_whom_off_is_recorded(anna, provider):
    pk = person(provider).pk
    anna.post(url(provider, "user-active", pk), {"active": "0"})
    entry = LogEntry.objects.latest("pk")
    assert (entry.actor.telenor_id, entry.additional_data) == ("anna", {"users": [pk]})


def test_who_has_no_extension_left_to_drive_is_not_turned_on_and_the_page_says_who_drives_it(
    anna, provider, world, tmp_path
):
    anna.post(url(provider, "user-active", person(provider).pk), {"active": "0"})
    other = add_provider(world, tmp_path, "--active", users=(ANNA,), name="Exchange Malmö")
    assert other.users.count() == 1
    answer = anna.post(url(provider, "user-active", person(provider).pk), {"active": "1"}, follow=True)
    assert (
        "Anna Berg aktiverades inte. Abonnemanget följer redan anna@contoso.test i Exchange Malmö."
        in words(answer)
    )
    assert person(provider).active is False


def test_a_switch_is_not_looked_at(anna, provider):
    assert anna.get(url(provider, "user-active", person(provider).pk)).status_code == 405


# Ta bort


def test_a_user_is_removed_after_a_question(anna, office):
    office.book("10:00", "11:00")
    office.sync()
    remove = url(office.provider, "user-remove", office.user().pk)
    asked = words(anna.get(remove))
    assert "Ta bort Anna Berg?" in asked
    assert "Anna Bergs bokningar och frånvaro tas bort här och i One X." in asked
    assert office.provider.users.listed().count() == 2
    answer = anna.post(remove, follow=True)
    assert "Anna Berg är borttagen." in words(answer)
    assert names(answer) == ["Bertil Åström"]
    office.sync()
    erase.finish()
    assert (office.held(), SyncedUser.objects.count()) == ([], 1)


def test_a_name_that_ends_in_s_is_its_own_genitive(anna, provider):
    provider.users.update(name="Johan Andreas")
    said = words(anna.get(url(provider, "user-remove", person(provider).pk)))
    assert "Johan Andreas bokningar och frånvaro tas bort" in said


def test_who_is_removed_twice_is_not_found(anna, provider):
    remove = url(provider, "user-remove", person(provider).pk)
    assert [anna.post(remove).status_code, anna.post(remove).status_code] == [302, 404]


def test_a_no_leads_back_to_the_same_place_in_the_list(anna, provider):
    html = anna.get(url(provider), {"q": "anna"}).content.decode()
    remove = url(provider, "user-remove", person(provider).pk)
    assert f'href="{remove}?q=anna"' in html
    assert f'href="{url(provider)}?q=anna"' in anna.get(f"{remove}?q=anna").content.decode()


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


# Strangers


@pytest.mark.parametrize("method", ["get", "post", "head"])
@pytest.mark.parametrize("name", ["user-list", "user-add", "user-active", "user-remove"])
def test_a_stranger_finds_nothing(signed_in, provider, name, method):
    more = [person(provider).pk] if name in ("user-active", "user-remove") else []
    assert getattr(signed_in("filip"), method)(url(provider, name, *more)).status_code in (404, 405)
    assert person(provider).active is True


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ["user-active", "user-remove"])
def test_a_user_of_another_instance_is_not_found_through_this_one(
    anna, provider, world, tmp_path, name, method
):
    other = add_provider(world, tmp_path, name="Exchange Malmö")
    assert getattr(anna, method)(url(other, name, person(provider).pk)).status_code in (404, 405)
    assert person(provider).active is True


@pytest.mark.parametrize("name", ["aktiv", "ta-bort"])
def test_an_id_larger_than_any_is_not_found(anna, provider, name):
    assert anna.post(f"{url(provider)}{10**30}/{name}/").status_code == 404


def test_letters_with_marks_stand_where_they_do_without():
    assert sorted(["Ö", "É", "F", "e", "z", "Å", "Ü", "v", "Ä"], key=roster.swedish_order) == [
        *("e", "É", "F", "Ü", "v", "z", "Å", "Ä", "Ö")
    ]
