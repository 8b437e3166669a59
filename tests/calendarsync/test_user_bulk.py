"""Several users at once: marked in the list, asked about with their number, and done."""

import re
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from calendarsync import changes
from calendarsync.models import Provider, SyncedUser

from .factories import add_provider
from .judged import judged

HTML = re.compile(r"<[^>]*>|\s+")
ANNA, BERTIL, CECILIA = (f"{name}@contoso.test" for name in ("anna", "bertil", "cecilia"))


@pytest.fixture
def provider(db, move_to, world, tmp_path):
    return add_provider(world, tmp_path, "--active", users=(ANNA, BERTIL, CECILIA))


@pytest.fixture
def anna(move_to, signed_in):
    return judged(signed_in("anna"))


@pytest.fixture
def crowd(provider):
    """So many more users of the instance."""

    def crowd(count: int) -> None:
        SyncedUser.objects.bulk_create(
            SyncedUser(
                company=provider.company,
                provider=provider,
                name=f"Person {n:03}",
                email=f"{n:03}@contoso.test",
                extension=f"e{n}",
            )
            for n in range(count)
        )

    return crowd


def url(provider: Provider, name: str = "user-bulk") -> str:
    return reverse(f"calendarsync:{name}", args=[provider.pk])


def words(answer: Any) -> str:
    return " ".join(HTML.sub(" ", answer.content.decode()).split())


def pk(provider: Provider, extension: str) -> int:
    return int(provider.users.get(extension=extension).pk)


def post(client: Any, provider: Provider, act: str, *extensions: str, **more: Any) -> Any:
    chosen = [pk(provider, each) for each in extensions]
    return client.post(url(provider), {"act": act, "chosen": chosen, **more}, follow=True)


def active(provider: Provider) -> list[str]:
    return list(
        provider.users.listed().filter(active=True).order_by("name").values_list("extension", flat=True)
    )


def test_removal_asks_with_the_number_and_then_says_what_was_done(anna, provider):
    asked = post(anna, provider, "remove", "anna", "bertil")
    assert "Ta bort 2 användare?" in words(asked)
    assert "Deras bokningar och frånvaro tas bort här och i One X. Det går inte att ångra." in words(asked)
    assert "Anna Berg Bertil Åström" in words(asked)
    assert provider.users.listed().count() == 3
    done = post(anna, provider, "remove", "anna", "bertil", agreed="2")
    assert done.redirect_chain == [(url(provider, "user-list"), 302)]
    assert "2 användare togs bort." in words(done)
    assert "Ångra" not in words(done)
    assert [user.extension for user in provider.users.listed()] == ["cecilia"]


def test_the_question_carries_what_was_marked(anna, provider):
    html = post(
        anna, provider, "inactivate", "anna", q="a", page="2", sort="-email", size="25"
    ).content.decode()
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html.partition("<main")[2]))
    del sent["csrfmiddlewaretoken"]
    assert sent.pop("agreed") == "1"
    assert sent == {
        "q": "a",
        "page": "2",
        "sort": "-email",
        "size": "25",
        "chosen": str(pk(provider, "anna")),
    } | {name: value for name, value in sent.items() if name == "next"}
    assert f'href="{url(provider, "user-list")}?q=a&amp;sort=-email&amp;size=25&amp;page=2"' in html


def test_who_is_inactivated_is_taken_back_and_undo_brings_them_again(anna, opened):
    office = opened(users=(ANNA, BERTIL))
    office.book("10:00", "11:00")
    office.sync()
    done = post(anna, office.provider, "inactivate", "anna", "bertil", agreed="2")
    assert "2 användare inaktiverades. Det som finns i One X tas tillbaka. Ångra" in words(done)
    office.sync()
    assert office.held() == []
    undone = anna.post(url(office.provider), {"undo": undo_of(done)}, follow=True)
    assert "2 användare aktiverades. Ångra" in words(undone)
    office.sync()
    assert office.held() == ["10:00–11:00 meeting"]


def undo_of(answer: Any) -> str:
    found = re.search(r'<button class="link" form="undo" name="undo" value="(\d+)">', answer.content.decode())
    assert found
    assert '<form id="undo" method="post"' in answer.content.decode()
    return found[1]


def test_undo_leaves_alone_who_was_inactive_before(anna, provider):
    provider.users.filter(extension="anna").update(active=False)
    done = post(anna, provider, "inactivate", "anna", "bertil", agreed="2")
    assert "1 användare inaktiverades." in words(done)
    anna.post(url(provider), {"undo": undo_of(done)})
    assert active(provider) == ["bertil", "cecilia"]


@pytest.mark.parametrize("entry", ["0", "x", "", "9" * 5000, "-1"])
def test_what_is_no_act_cannot_be_undone(anna, provider, entry):
    assert anna.post(url(provider), {"undo": entry}).status_code == 404


def test_nobody_undoes_what_another_person_or_another_instance_did(anna, provider, world, tmp_path):
    other = add_provider(world, tmp_path, name="Exchange Malmö")
    entry = undo_of(post(anna, provider, "inactivate", "anna", agreed="1"))
    assert anna.post(url(other), {"undo": entry}).status_code == 404
    LogEntry.objects.filter(pk=entry).update(actor=None)
    assert anna.post(url(provider), {"undo": entry}).status_code == 404
    assert active(provider) == ["bertil", "cecilia"]


def test_a_removal_is_no_act_that_can_be_undone(anna, provider):
    post(anna, provider, "remove", "anna", agreed="1")
    entry = LogEntry.objects.latest("pk").pk
    assert anna.post(url(provider), {"undo": entry}).status_code == 404


def test_who_follows_a_driven_subscription_is_named_and_skipped_and_the_others_are_done(
    anna, provider, world, tmp_path
):
    provider.users.filter(extension__in=["anna", "bertil"]).update(active=False)
    add_provider(world, tmp_path, "--active", name="Exchange Malmö", users=(ANNA,))
    done = post(anna, provider, "activate", "anna", "bertil", agreed="2")
    assert "1 användare aktiverades. Ångra" in words(done)
    sentence = "1 användare aktiverades inte, eftersom abonnemanget följer en annan användare"
    assert f"{sentence}: Anna Berg (följer anna@contoso.test i Exchange Malmö)." in words(done)
    assert active(provider) == ["bertil", "cecilia"]


def test_of_two_on_one_subscription_the_first_is_activated(anna, provider):
    provider.users.update(active=False)
    SyncedUser.objects.filter(extension="bertil").update(extension="anna")
    everybody = provider.users.listed()
    done = changes.set_all_active(provider, everybody, True, timezone.now())
    assert [(user.email, driver.email) for user, driver in done.driven] == [(BERTIL, ANNA)]
    assert active(provider) == ["anna", "cecilia"]


def test_markup_in_a_name_is_a_name_in_every_message(anna, provider, world, tmp_path):
    provider.users.filter(extension="anna").update(active=False, name="<script>x</script>")
    add_provider(world, tmp_path, "--active", name="<script>y</script>", users=(ANNA,))
    for agreed in ("", "1"):
        answer = post(anna, provider, "activate", "anna", agreed=agreed)
        assert "<script>x" not in answer.content.decode()
        assert "<script>y" not in answer.content.decode()


def test_nothing_to_change_says_so(anna, provider):
    assert "Ingenting ändrades." in words(post(anna, provider, "activate", "anna", agreed="1"))


def test_what_was_done_is_recorded_once_without_names(anna, provider):
    post(anna, provider, "inactivate", "anna", "bertil", agreed="2")
    entry = LogEntry.objects.latest("pk")
    assert (entry.actor.telenor_id, entry.changes) == ("anna", {"users_inactivated": ["", "2"]})
    assert entry.additional_data == {"users": [pk(provider, "anna"), pk(provider, "bertil")]}


# Whose


def test_users_of_another_company_or_instance_are_unknown(anna, provider, world, tmp_path, signed_in):
    other = add_provider(world, tmp_path, name="Exchange Malmö")
    mixed = post(anna, provider, "remove", "anna", chosen=[pk(provider, "anna"), 10**6, "x", "9" * 30])
    assert "Ta bort 1 användare?" in words(mixed)
    assert anna.post(url(other), {"act": "remove", "chosen": [pk(provider, "anna")]}).status_code == 404
    assert signed_in("filip").post(url(provider), {"act": "remove", "everyone": "1"}).status_code == 404
    assert provider.users.listed().count() == 3


def test_marking_nobody_says_what_to_do(anna, provider):
    answer = anna.post(url(provider), {"act": "remove"}, follow=True)
    assert "Markera användare i listan först." in words(answer)


@pytest.mark.parametrize("act", ["", "explode"])
def test_what_is_no_act_and_a_get_lead_to_the_list(anna, provider, act):
    assert anna.post(url(provider), {"act": act, "everyone": "1"})["Location"] == url(provider, "user-list")
    assert anna.get(url(provider))["Location"] == url(provider, "user-list")
    assert len(active(provider)) == 3


# Everybody who matches


def test_everybody_who_matches_is_a_flag_and_not_a_list(anna, provider, crowd):
    crowd(214)
    html = anna.get(url(provider, "user-list"), {"q": "person", "mark": "page"}).content.decode()
    assert "Markera alla 214 som matchar sökningen" in html
    assert html.count(" checked") == 50
    page = anna.get(url(provider, "user-list"), {"q": "person", "mark": "all"})
    assert "Alla 214 som matchar sökningen är markerade." in words(page)
    assert '<input type="hidden" name="everyone" value="1">' in page.content.decode()
    asked = post(anna, provider, "inactivate", everyone="1", q="person")
    assert "Inaktivera 214 användare?" in words(asked)
    assert "Person 009 och 204 till" in words(asked)
    done = post(anna, provider, "inactivate", everyone="1", q="person", agreed="214")
    assert "214 användare inaktiverades." in words(done)
    assert active(provider) == ["anna", "bertil", "cecilia"]


def test_if_others_match_by_now_it_asks_again(anna, provider, crowd):
    crowd(5)
    again = post(anna, provider, "remove", everyone="1", q="person", agreed="4")
    assert "Ta bort 5 användare?" in words(again)
    assert provider.users.listed().count() == 8


def test_a_status_narrows_everybody_too(anna, provider):
    provider.users.filter(extension="anna").update(active=False)
    post(anna, provider, "remove", everyone="1", status="inactive", agreed="1")
    assert active(provider) == ["bertil", "cecilia"]
    assert provider.users.listed().count() == 2


@pytest.mark.parametrize("act", ["activate", "inactivate", "remove"])
def test_an_act_costs_as_many_queries_for_forty_as_for_ten(anna, provider, crowd, act):
    def queries(start: str, count: int) -> int:
        provider.users.listed().update(active=act != "activate")
        more = {"everyone": "1", "q": start, "agreed": str(count), "act": act}
        with CaptureQueriesContext(connection) as counted:
            assert anna.post(url(provider), more).status_code == 302
        return len(counted)

    crowd(50)
    queries("anna", 1)
    ten = queries("person 00", 10)
    assert queries("person 0", 50 if act != "remove" else 40) == ten


# The list


def test_the_list_is_sorted_by_its_heads(anna, provider):
    provider.users.filter(extension="bertil").update(email="a@contoso.test", last_synced_at=timezone.now())
    orders = {
        "": ["anna", "bertil", "cecilia"],
        "-name": ["cecilia", "bertil", "anna"],
        "email": ["bertil", "anna", "cecilia"],
        "-email": ["cecilia", "anna", "bertil"],
        "updated": ["anna", "cecilia", "bertil"],
        "-updated": ["bertil", "anna", "cecilia"],
        "password": ["anna", "bertil", "cecilia"],
    }
    for sort, expected in orders.items():
        answer = anna.get(url(provider, "user-list"), {"sort": sort})
        assert [line.user.extension for line in answer.context["lines"]] == expected, sort


def test_a_head_says_how_it_sorts_and_turns_it_round(anna, provider):
    html = anna.get(url(provider, "user-list"), {"q": "a", "sort": "email"}).content.decode()
    assert re.findall(r'aria-sort="(\w+)"><a [^>]*href="([^"]*)"', html) == [
        ("ascending", "?q=a&amp;sort=-email")
    ]
    html = anna.get(url(provider, "user-list"), {"sort": "-email"}).content.decode()
    assert re.findall(r'aria-sort="(\w+)"><a [^>]*href="([^"]*)"', html) == [("descending", "?sort=email")]


def test_the_size_of_a_page_is_chosen_and_stays_on_the_next(anna, provider, crowd):
    crowd(60)
    answer = anna.get(url(provider, "user-list"), {"size": "25", "sort": "-email"})
    assert "1–25 av 63" in words(answer)
    assert 'rel="next" href="?sort=-email&amp;size=25&amp;page=2"' in answer.content.decode()
    assert "1–50 av 63" in words(anna.get(url(provider, "user-list"), {"size": "100000"}))
    assert "1–63 av 63" in words(anna.get(url(provider, "user-list"), {"size": "200"}))
