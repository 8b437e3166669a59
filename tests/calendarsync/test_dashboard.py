"""*Instrumentpanel*: what is wrong first, then each instance in figures."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Company
from calendarsync import engine, figures, providers
from calendarsync.models import HourlyFigures, Provider, SyncedBooking, SyncedUser
from calendarsync.portal import overview, pulse, sparkline

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


def cards(answer):
    """For each card what it says, by its words."""
    parts = [each for each in words(answer).split("<section") if "<dl" in each]
    return [
        dict(zip(map(plain, re.findall(r"<dt[^>]*>(.*?)</dt>", card)), values(card), strict=True))
        for card in parts
    ]


def values(card):
    return [plain(each) for each in re.findall(r"<dd[^>]*>(.*?)</dd>", card)]


def test_a_card_says_how_an_instance_is(anna, office):
    answer = anna.get(PAGE)
    assert cards(answer) == [
        {
            "Sista": f"{WEDNESDAY} 07:00",
            "Aktiv": "Ja",
            "Användare": "2",
            "Uppdaterad senaste timmen": "2",
            "Aldrig uppdaterad": "0",
            "Väntar på One X": "0",
            "Nekad av One X": "0",
        }
    ]
    assert notes(answer) == ["Allt synkar."]
    assert_strict(answer)


def test_who_is_being_removed_and_who_was_never_read_are_counted_rightly(anna, office):
    SyncedUser.objects.filter(extension="anna").update(state=SyncedUser.State.REMOVING)
    SyncedUser.objects.filter(extension="bertil").update(last_synced_at=None)
    answer = anna.get(PAGE)
    (card,) = cards(answer)
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
    assert notes(answer) == [
        f"{said} Ge medgivande igen som administratör. Visa inställningarna Kontrollera anslutningen"
    ]
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
            assert len(cards(anna.get(PAGE))) == 1 + len(names)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_another_companys_instances_are_not_shown(anna, office, signed_in):
    assert cards(signed_in("filip").get(PAGE)) == []
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


def test_instances_stand_in_swedish_order(anna, office):
    Provider.objects.update(name="Ö")
    for name in ("b", "Ä", "A", "Å", "z"):
        providers.create(office.provider.company, providers.template([]), kind="exchange_online", name=name)
    names = [each.provider.name for each in overview.of_company(office.provider.company, timezone.now())]
    assert names == ["A", "b", "z", "Å", "Ä", "Ö"]


# The last day


def spark(answer):
    """Height and look of each bar, and what the picture says."""
    svg = re.search(r'<svg class="spark".*?</svg>', words(answer), re.S)[0]
    bars = re.findall(
        r'<rect x="[\d.]+%" y="[\d.]+" width="3.0%" height="([\d.]+)" rx="1"(?: class="(\w+)")?>', svg
    )
    return bars, re.search(r'aria-label="([^"]*)"', svg)[1]


def delays(answer):
    rows = re.findall(r"<tr>(.*?)</tr>", words(answer).partition("Hälften inom")[2], re.S)
    return [[plain(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows[:3]]


def hours_ago(office, hours, **fields):
    hour = figures.hour_of(timezone.now()) - timedelta(hours=hours)
    HourlyFigures.objects.update_or_create(provider=office.provider, hour=hour, defaults=fields)


def test_the_last_day_is_drawn_as_a_bar_an_hour(anna, office):
    hours_ago(office, 23, users=10, updated=10)
    hours_ago(office, 2, users=10, updated=4)
    hours_ago(office, 24, users=10, updated=1)  # too long ago
    answer = anna.get(PAGE)
    bars, label = spark(answer)
    assert bars == [("38.0", ""), *[("2.0", "none")] * 20, ("15.2", "bad"), ("2.0", "none"), ("38.0", "")]
    assert label == "Uppdaterade användare per timme, senaste dygnet: mellan 40 och 100\xa0%"
    assert "Uppdaterade användare per timme, senaste dygnet</figcaption>" in words(answer)


def test_an_hour_in_which_nobody_was_updated_is_seen_and_is_not_one_without_figures():
    drawn = sparkline.draw([None, 0.0, 0.5, 1.0])
    assert [(bar.height, bar.look) for bar in drawn.bars] == [
        ("2.0", "none"),
        ("2.0", "bad"),
        ("19.0", ""),
        ("38.0", ""),
    ]
    assert [bar.x for bar in drawn.bars] == ["0.00%", "4.17%", "8.34%", "12.51%"]
    assert [bar.y for bar in drawn.bars] == ["42.0", "42.0", "25.0", "6.0"]


def test_without_any_figures_it_says_so(anna, office):
    HourlyFigures.objects.all().delete()
    Provider.objects.update(active=False)
    answer = anna.get(PAGE)
    assert spark(answer)[1] == "Inga mätvärden ännu"
    said = "Från ändring i Outlook till One X, senaste dygnet Inga mätvärden ännu"
    assert said in plain(words(answer))


def test_the_way_from_a_change_to_one_x_is_told_by_stage(anna, office):
    HourlyFigures.objects.all().delete()
    fast, slow = str(figures.bucket_of(0.4)), str(figures.bucket_of(80))
    counts = {fast: 18, slow: 2}
    hours_ago(office, 3, users=2, delays={"read": counts, "confirmed": {fast: 4}, "whole": counts})
    hours_ago(office, 24, users=2, delays={"read": {slow: 99}})  # too long ago
    assert delays(anna.get(PAGE)) == [
        ["Läst i Outlook", "0,5 s", "2 min"],
        ["Bekräftat av One X", "0,5 s", "0,5 s"],
        ["Hela vägen", "0,5 s", "2 min"],
    ]


def test_the_figures_of_a_page_of_many_are_those_of_one(office):
    office.book("10:00", "11:00")
    office.sync()
    now = timezone.now()
    (found,) = pulse.of(overview.of_company(office.provider.company, now), now).values()
    assert list(found.shares) == figures.freshness(office.provider, now)
    assert found.delays == figures.delays(office.provider, now) != {}


def test_what_one_x_has_not_taken_waits_or_is_refused(anna, office, world):
    for hour in ("10", "11", "12"):
        office.book(f"{hour}:00", f"{hour}:30")
    world.faults.add("onex", "absences:apply", status=503, times=None)
    office.sync()
    SyncedBooking.objects.filter(pk=SyncedBooking.objects.earliest("pk").pk).update(blocked=True)
    (card,) = cards(anna.get(PAGE))
    assert (card["Väntar på One X"], card["Nekad av One X"]) == ("2", "1")


def test_with_one_x_down_fewer_and_fewer_are_updated_in_the_last_hour(anna, office, signed_in, world):
    assert cards(anna.get(PAGE))[0]["Uppdaterad senaste timmen"] == "2"
    world.faults.add("onex", "absences:apply", status=503, times=None)
    for minute in range(10, 80, 10):
        office.move_to(at(f"{7 + minute // 60:02}:{minute % 60:02}"))
        if minute == 20:
            office.book("10:00", "11:00")  # Anna's, which One X never takes
        engine.run()
    answer = signed_in("anna").get(PAGE)
    assert cards(answer)[0]["Uppdaterad senaste timmen"] == "1"
    bars, _ = spark(answer)
    assert bars[-1] == ("19.0", "")


def test_figures_lead_to_the_lists_behind_them(anna, office):
    SyncedUser.objects.filter(extension="anna").update(trouble="mailbox_not_found")
    SyncedUser.objects.filter(extension="bertil").update(last_synced_at=None)
    page, here = words(anna.get(PAGE)), f"/kalendersynk/{office.provider.pk}/anvandare/"
    for query in ("", "?status=attention", "?status=never"):
        link = re.search(
            rf'<a id="[a-z]+-{office.provider.pk}" href="{re.escape(here + query)}">(\d)</a>', page
        )
        listed = set(re.findall(rf'href="{here}(\d+)/"', words(anna.get(here + query))))
        assert len(listed) == int(link[1]), query


def test_an_instance_in_trouble_leads_to_its_check(anna, office):
    here = f'href="/kalendersynk/{office.provider.pk}/halsa/"'
    assert here not in words(anna.get(PAGE))
    Provider.objects.update(trouble="consent_revoked")
    assert here in words(anna.get(PAGE))
