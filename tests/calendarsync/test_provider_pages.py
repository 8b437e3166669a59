"""*Kalendersynk*: the list, one more, one less."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Company
from calendarsync import providers
from calendarsync.models import Provider, SyncedUser

from ..pages.strict import assert_strict

pytestmark = pytest.mark.django_db

LIST, ADD = "/kalendersynk/", "/kalendersynk/ny/"
ONLINE, ONPREM = "exchange_online", "exchange_onprem"
LONGEST = "Å" * 100


@pytest.fixture
def anna(signed_in):
    return signed_in("anna")


@pytest.fixture
def made(anna, world):
    """Makes an instance of Contoso, or of another company."""

    def made(name="Office 365", customer="contoso", kind=ONLINE, **settings):
        company = Company.objects.get(customer=customer)
        return providers.create(company, providers.template([]), name=name, kind=kind, **settings)

    return made


def words(answer):
    return unescape(answer.content.decode())


def rows(answer):
    """The words of each row, cell by cell, as a wide screen shows them."""
    table = words(answer).partition("<tbody")[2].partition("</tbody>")[0]
    shown = re.sub(r'<span class="cap"[^>]*>[^<]*</span>|<svg.*?</svg>', "", table)
    cells = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S) for row in shown.split("</tr>")[:-1]]
    return [[re.sub(r"<[^>]*>", "", cell) for cell in row] for row in cells]


def remove(provider):
    return f"/kalendersynk/{provider.pk}/ta-bort/"


# The list.


def test_the_list_shows_each_instance_by_name_with_its_state(anna, made, world):
    tenant = next(iter(world.tenants))
    ornen = made("Örnen", tenant=tenant, active=True)
    areal = made("Åreal", kind=ONPREM)
    zorn = made("zorn", tenant=tenant, active=True)
    Provider.objects.filter(pk=zorn.pk).update(trouble="consent_revoked")
    asleep = made("Adam", tenant=tenant)
    answer = anna.get(LIST)
    assert rows(answer) == [
        [str(asleep.pk), "Adam", "Exchange Online", "Nej", "Inte aktiv", "Ta bort Adam"],
        [str(zorn.pk), "zorn", "Exchange Online", "Ja", "Synkar inte", "Ta bort zorn"],
        [str(areal.pk), "Åreal", "Exchange On-Premises", "Nej", "Inte klar", "Ta bort Åreal"],
        [str(ornen.pk), "Örnen", "Exchange Online", "Ja", "Synkar", "Ta bort Örnen"],
    ]
    assert f'<a href="/kalendersynk/{zorn.pk}/installningar/">zorn</a>' in words(answer)
    assert_strict(answer)


def test_an_instance_of_microsoft_365_without_a_tenant_is_not_finished(anna, made):
    made(active=True)
    assert rows(anna.get(LIST))[0][4] == "Inte klar"


def test_an_empty_list_says_how_to_begin(anna):
    answer = anna.get(LIST)
    assert "<h2>Koppla Outlook till One X</h2>" in words(answer)
    assert "<li>Koppla Exchange</li><li>Kontrollera synkreglerna</li><li>Lägg till användare</li>" in words(
        answer
    )
    assert "<table" not in words(answer)
    assert_strict(answer)


def test_what_is_being_removed_and_what_is_anothers_is_not_in_the_list(anna, made, signed_in):
    signed_in("filip")
    made("Vårt")
    made("Deras", customer="fabrikam")
    Provider.objects.filter(pk=made("På väg bort").pk).update(state=Provider.State.REMOVING)
    assert [row[1] for row in rows(anna.get(LIST))] == ["Vårt"]


def test_a_name_is_shown_as_it_is_whatever_is_in_it(anna, made):
    made("<script>alert(1)</script>")
    made(LONGEST)
    answer = anna.get(LIST)
    assert "<script>alert" not in answer.content.decode()
    assert LONGEST in answer.content.decode()
    assert_strict(answer)


def test_ten_instances_ask_the_database_no_more_than_one_does(anna, made, world):
    anna.get(LIST)  # the session's first look
    counts = []
    for names in (["1"], [str(number) for number in range(2, 11)]):
        for name in names:
            made(name)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            anna.get(LIST)
        counts.append(len(asked))
    assert counts[0] == counts[1]


# One more.


def test_a_type_and_a_name_make_an_instance_whose_settings_open(anna):
    page = anna.get(ADD)
    assert 'value="Office 365"' in words(page)
    assert 'data-proposes="Exchange"' in words(page)
    assert_strict(page)
    answer = anna.post(ADD, {"kind": ONPREM, "name": " Exchange Malmö "}, follow=True)
    made = Provider.objects.get()
    assert answer.redirect_chain == [(f"/kalendersynk/{made.pk}/installningar/", 302)]
    assert (made.name, made.kind, made.active, made.company.customer) == (
        "Exchange Malmö",
        ONPREM,
        False,
        "contoso",
    )
    assert made.rules.get(show_as="busy").reason == "meeting"
    assert made.rules.filter(update=True).count() == 2
    assert made.rules.count() == 5


def test_what_was_made_is_said_on_the_next_page_and_what_happens_now(anna):
    anna.post(ADD, {"kind": ONLINE, "name": "Office <b>365</b>"})
    answer = anna.get(LIST)
    assert "Office <b>365</b> är tillagd. Telenor slutför kopplingen till Exchange." in words(answer)
    assert "<b>365" not in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "link", "error"),
    [
        ({"kind": ONLINE, "name": ""}, "#id_name", "Ange ett namn."),
        ({"kind": ONLINE, "name": "  "}, "#id_name", "Ange ett namn."),
        ({"kind": ONLINE, "name": "Office 365"}, "#id_name", "Namnet används redan."),
        ({"kind": ONLINE, "name": "x" * 101}, "#id_name", "Ange högst 100 tecken."),
        ({"kind": ONLINE, "name": "a\0b"}, "#id_name", None),
        ({"name": "Exchange"}, "#id_kind_0", "Välj en typ."),
        ({"kind": "lotus", "name": "Exchange"}, "#id_kind_0", "Välj en typ."),
    ],
)
def test_what_is_wrong_is_said_above_and_at_the_field_and_nothing_is_lost(anna, made, typed, link, error):
    made("Office 365")
    answer = anna.post(ADD, typed)
    page = words(answer)
    assert answer.status_code == 422
    assert "<title>Fel: Lägg till leverantör" in page
    summary = page.partition('id="errors"')[2].partition("</ul>")[0]
    assert "<h2>Det gick inte att lägga till leverantören</h2>" in summary
    assert f'<a href="{link}">' in summary
    if error:
        assert f": {error[0].lower()}{error[1:]}</a>" in summary
        assert f"<span>{error}</span>" in page
    if "\0" not in typed["name"]:
        assert f'value="{typed["name"]}"' in page or not typed["name"].strip()
    assert Provider.objects.count() == 1
    assert_strict(answer)


def test_a_chosen_type_stays_chosen(anna):
    page = words(anna.post(ADD, {"kind": ONPREM, "name": ""}))
    assert re.search(r'value="exchange_onprem"[^>]*checked', page)
    assert not re.search(r'value="exchange_online"[^>]*checked', page)


def test_a_name_of_one_that_is_being_removed_is_free(anna, made):
    Provider.objects.filter(pk=made("Office 365").pk).update(state=Provider.State.REMOVING)
    assert anna.post(ADD, {"kind": ONLINE, "name": "Office 365"}).status_code == 302


def test_while_one_x_is_away_nothing_is_added_and_nothing_typed_is_lost(anna, world):
    world.faults.add("onex", "/reasons", status=503, times=None)
    answer = anna.post(ADD, {"kind": ONPREM, "name": "Exchange Malmö"})
    assert answer.status_code == 503
    assert "One X svarar inte just nu. Ingenting har lagts till." in words(answer)
    assert 'value="Exchange Malmö"' in words(answer)
    assert not Provider.objects.exists()
    assert_strict(answer)


def test_a_one_x_without_the_templates_reasons_gets_its_first_one_and_says_so(anna, world):
    world.pbx.reasons = {"gone": ("Gått för dagen", "Gone for the day")}
    answer = anna.post(ADD, {"kind": ONLINE, "name": "Office 365"})
    assert answer.status_code == 302
    assert set(Provider.objects.get().rules.values_list("reason", flat=True)) == {"gone"}
    assert "”Gått för dagen” används i stället. Kontrollera synkreglerna." in words(anna.get(LIST))


# One less.


@pytest.fixture
def manned(opened):
    """An instance with two users, one of whom One X shows as away."""

    def manned(signed_in):
        office = opened()
        office.book("10:00", "11:00")
        office.sync()
        return office, signed_in("anna")

    return manned


def test_removal_says_what_goes_and_offers_the_softer_way_first(manned, signed_in):
    office, anna = manned(signed_in)
    answer = anna.get(remove(office.provider))
    page = words(answer)
    assert "<h1>Ta bort Office 365?</h1>" in page
    assert "2 användare, deras regler och 1 frånvaropost i One X tas bort. Det går inte att ångra." in page
    assert page.index("Stäng av i stället") < page.index('<form class="card')
    assert_strict(answer)


@pytest.mark.parametrize("typed", ["", "office 365", "Office"])
def test_without_the_name_nothing_is_removed(manned, signed_in, typed):
    office, anna = manned(signed_in)
    answer = anna.post(remove(office.provider), {"name": typed})
    assert answer.status_code == 422
    assert "<h2>Det gick inte att ta bort</h2>" in words(answer)
    assert "<title>Fel: Ta bort · Office 365" in words(answer)
    assert SyncedUser.objects.listed().count() == 2
    assert_strict(answer)


def test_with_the_name_everything_leaves_one_x_and_the_list(manned, signed_in):
    office, anna = manned(signed_in)
    assert office.held() != []
    answer = anna.post(remove(office.provider), {"name": "Office 365"}, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert "Office 365 tas bort. Det som finns i One X tas tillbaka." in words(answer)
    assert "<table" not in words(answer)
    office.sync()
    assert office.held() == []


def test_an_instance_without_users_asks_for_no_name(anna, made):
    provider = made()
    page = anna.get(remove(provider))
    assert "Leverantören har inga användare." in words(page)
    assert 'name="name"' not in words(page)
    assert_strict(page)
    answer = anna.post(remove(provider), follow=True)
    assert "Office 365 är borttagen." in words(answer)
    provider.refresh_from_db()
    assert provider.state == Provider.State.REMOVING


def test_removing_what_another_tab_removed_already_is_not_found(anna, made):
    provider = made()
    assert anna.post(remove(provider)).status_code == 302
    assert anna.post(remove(provider)).status_code == 404


def test_anothers_instance_is_not_found(anna, made, signed_in):
    signed_in("filip")
    theirs = made("Deras", customer="fabrikam")
    for answer in (anna.get(remove(theirs)), anna.post(remove(theirs), {"name": "Deras"})):
        assert answer.status_code == 404
        assert "Deras" not in words(answer)
    theirs.refresh_from_db()
    assert theirs.state == Provider.State.READY


def test_everything_is_there_in_english_too(anna, made):
    anna.cookies["django_language"] = "en"
    provider = made()
    for address, heading in (
        (LIST, "Calendar sync"),
        (ADD, "Add provider"),
        (remove(provider), "Remove Office 365?"),
    ):
        page = words(anna.get(address))
        assert '<html lang="en">' in page
        assert f"<h1>{heading}</h1>" in page
