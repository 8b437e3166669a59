"""*Användare*: the list and its search, *Aktiv* and *Ta bort*."""

import re

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calendarsync import erase
from calendarsync.models import Provider, SyncedUser
from calendarsync.portal import roster

from . import listed
from .factories import add_provider
from .listed import ANNA, found, names, person, url, words

provider, empty, anna, crowd = listed.provider, listed.empty, listed.anna, listed.crowd


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
