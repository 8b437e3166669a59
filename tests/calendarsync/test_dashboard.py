"""*Instrumentpanel*: what is wrong first, then each instance in figures."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Company
from calendarsync import overview, providers
from calendarsync.models import Provider, SyncedUser

from ..core.samples import WEDNESDAY, at
from ..pages.strict import assert_strict

pytestmark = pytest.mark.django_db

PAGE = "/instrumentpanel/"


@pytest.fixture
def office(opened):
    return opened()


@pytest.fixture
def anna(office, signed_in):
    return signed_in("anna")


def words(answer):
    return unescape(answer.content.decode())


def plain(html):
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def notes(answer):
    part = words(answer).partition('id="cards"')[2]
    return [plain(note) for note in re.findall(r'<p class="note[^"]*">(.*?)</p>', part, re.S)]


def figures(answer):
    """For each card what it says, by its words."""
    cards = [each for each in words(answer).split("<section") if "<dl" in each]
    return [
        dict(zip(map(plain, re.findall(r"<dt>(.*?)</dt>", card)), values(card), strict=True))
        for card in cards
    ]


def values(card):
    return [plain(each) for each in re.findall(r"<dd[^>]*>(.*?)</dd>", card)]


def test_a_card_says_how_an_instance_is(anna, office):
    answer = anna.get(PAGE)
    assert figures(answer) == [
        {
            "Sista": f"{WEDNESDAY} 07:00",
            "Aktiv": "Ja",
            "Användare": "2",
            "Uppdaterad senaste timmen": "2",
            "Aldrig uppdaterad": "0",
        }
    ]
    assert notes(answer) == ["Allt synkar."]
    assert_strict(answer)


def test_who_is_being_removed_and_who_was_never_read_are_counted_rightly(anna, office):
    SyncedUser.objects.filter(extension="anna").update(state=SyncedUser.State.REMOVING)
    SyncedUser.objects.filter(extension="bertil").update(last_synced_at=None)
    answer = anna.get(PAGE)
    (card,) = figures(answer)
    assert f'href="/kalendersynk/{office.provider.pk}/anvandare/?status=never">1</a>' in words(answer)
    assert card["Sista"] == "– saknas"
    assert (card["Användare"], card["Uppdaterad senaste timmen"], card["Aldrig uppdaterad"]) == (
        "1",
        "0",
        "1",
    )


def test_a_refused_instance_is_said_first_with_since_when_why_and_what_to_do(anna, office):
    office.provider.trouble, office.provider.trouble_since = "consent_revoked", at("06:04")
    office.provider.save()
    answer = anna.get(PAGE)
    said = f"Office 365 synkar inte sedan {WEDNESDAY} 06:04 . Medgivandet har tagits bort i Microsoft Entra."
    assert notes(answer) == [f"{said} Ge medgivande igen som administratör. Visa inställningarna"]
    assert "Synkar inte</span>" in words(answer)
    assert_strict(answer)


def test_users_that_only_somebody_can_mend_are_said_and_passing_trouble_is_not(anna, office):
    SyncedUser.objects.filter(extension="anna").update(trouble="timeout")
    assert notes(anna.get(PAGE)) == ["Allt synkar."]
    SyncedUser.objects.filter(extension="anna").update(trouble="mailbox_not_found")
    SyncedUser.objects.filter(extension="bertil").update(state=SyncedUser.State.BLOCKED)
    answer = anna.get(PAGE)
    assert notes(answer) == ["Office 365: 2 användare behöver åtgärd. Visa användarna"]
    listed = words(anna.get(f"/kalendersynk/{office.provider.pk}/anvandare/?status=attention"))
    assert "anna@contoso.test" in listed
    assert "bertil@contoso.test" in listed
    assert "Behöver åtgärd</span>" in words(answer)


@pytest.mark.parametrize("trouble", ["mailbox_not_found", "unreadable_items"])
def test_trouble_of_who_is_off_or_leaving_is_nobodys_business(anna, office, trouble):
    SyncedUser.objects.update(trouble=trouble)
    SyncedUser.objects.filter(extension="anna").update(active=False)
    assert notes(anna.get(PAGE)) == ["Office 365: 1 användare behöver åtgärd. Visa användarna"]
    SyncedUser.objects.filter(extension="bertil").update(state=SyncedUser.State.REMOVING)
    assert notes(anna.get(PAGE)) == ["Allt synkar."]


def test_a_braked_instance_is_stopped(anna, office):
    Provider.objects.update(braked_at=timezone.now())
    assert "Synken är pausad." in notes(anna.get(PAGE))[0]


def test_an_instance_whose_users_nobody_updates_does_not_sync(anna, office):
    SyncedUser.objects.update(last_synced_at=timezone.now() - timedelta(minutes=61), requested_at=None)
    (note,) = notes(anna.get(PAGE))
    assert note.startswith(
        f"Office 365 synkar inte sedan {WEDNESDAY} 05:59 . Ingen användare har uppdaterats"
    )


def test_it_is_under_way_while_the_wish_is_young(anna, office):
    SyncedUser.objects.update(last_synced_at=None, requested_at=timezone.now())
    answer = anna.get(PAGE)
    assert "</progress>Pågår" in words(answer)
    assert notes(answer) == []


def test_where_nothing_is_read_unasked_nobody_is_late(anna, office, settings):
    settings.READ_INTERVAL = 0
    SyncedUser.objects.update(last_synced_at=timezone.now() - timedelta(days=2), requested_at=None)
    assert notes(anna.get(PAGE)) == ["Allt synkar."]


def test_readings_two_hours_apart_make_an_instance_late_after_more_than_that(anna, office, settings):
    settings.READ_INTERVAL = 120
    SyncedUser.objects.update(last_synced_at=timezone.now() - timedelta(minutes=130), requested_at=None)
    assert notes(anna.get(PAGE)) == ["Allt synkar."]
    SyncedUser.objects.update(last_synced_at=timezone.now() - timedelta(minutes=145))
    assert "synkar inte sedan" in notes(anna.get(PAGE))[0]


def test_all_is_not_well_while_an_instance_is_off(anna, office):
    office.set(active=False)
    answer = anna.get(PAGE)
    assert notes(answer) == []
    assert "Inte aktiv</span>" in words(answer)


def test_one_instance_and_three_cost_the_database_the_same(anna, office):
    anna.get(PAGE)
    counts = []
    for names in ([], ["Tvåan", "Trean"]):
        for name in names:
            extra = providers.create(
                office.provider.company, providers.template([]), kind="exchange_online", name=name
            )
            SyncedUser.objects.create(
                company=extra.company,
                provider=extra,
                email=f"{extra.pk}@contoso.test",
                extension=str(extra.pk),
            )
        with CaptureQueriesContext(connection) as asked:
            assert len(figures(anna.get(PAGE))) == 1 + len(names)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_another_companys_instances_are_not_shown(anna, office, signed_in):
    assert figures(signed_in("filip").get(PAGE)) == []
    assert Company.objects.count() == 2


def test_without_instances_it_says_how_to_begin(signed_in):
    answer = signed_in("filip").get(PAGE)
    assert "<h2>Koppla Outlook till One X</h2>" in words(answer)
    assert_strict(answer)


def test_the_page_looks_for_news_itself_until_it_is_paused(anna, office):
    page = words(anna.get(PAGE))
    assert 'hx-trigger="every 30s"' in page
    assert 'hx-headers=\'{"X-Refresh": "auto"}\'' in page
    assert f'href="{PAGE}?pausad">Pausa uppdateringen' in page
    paused = words(anna.get(f"{PAGE}?pausad"))
    assert "hx-trigger" not in paused
    assert f'href="{PAGE}">Återuppta' in paused


def test_the_news_are_the_cards_alone(anna, office):
    answer = anna.get(PAGE, headers={"HX-Request": "true", "X-Refresh": "auto"})
    assert words(answer).strip().startswith('<div id="cards"')
    assert "<h1" not in words(answer)
    assert 'hx-trigger="every 30s"' in words(answer)
    assert_strict(answer, whole=False)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "Å" * 60])
def test_a_name_is_shown_as_it_is(anna, office, name):
    Provider.objects.update(name=name, trouble="consent_revoked")
    answer = anna.get(PAGE)
    assert name in words(answer)
    assert "<script>alert" not in answer.content.decode()
    assert_strict(answer)


def test_names_stand_in_swedish_order():
    assert sorted(["Ö", "b", "Ä", "A", "Å", "z"], key=overview.swedish) == ["A", "b", "z", "Å", "Ä", "Ö"]
