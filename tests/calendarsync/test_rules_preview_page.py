"""*Så påverkas kommande bokningar*: what is shown before saving is what One X holds after it."""

import re
from html import unescape

import pytest
from auditlog.models import LogEntry
from django.urls import reverse

from calendarsync import engine
from calendarsync.models import Provider, SyncedBooking, SyncedUser, SyncRule
from tests.conftest import hire

from ..pages.strict import assert_strict
from .factories import rows_of_all_tables
from .judged import judged
from .test_rules_page import kept, nothing_remembered, typed  # noqa: F401 (a fixture for all)

PART = {"HX-Request": "true"}
PEOPLE = ("anna", "bertil", "david", "eva", "frans")
HINT = "Ändra en regel för att se hur kommande bokningar påverkas."


@pytest.fixture
def office(opened, world):
    """Five people: Anna and Eva have the diversion service, Bertil and Frans have not, David is never booked."""
    tenant = next(iter(world.tenants.values()))
    for n, (name, services) in enumerate(
        {"David D": ("diversion",), "Eva E": ("diversion",), "Frans F": ()}.items()
    ):
        hire(world, tenant, name, f"+4610100010{n}", services)
    return opened("--plugin", users=tuple(f"{who}@contoso.test" for who in PEOPLE))


@pytest.fixture
def anna(office, signed_in):
    return signed_in("anna")


def page(office):
    return reverse("calendarsync:provider-rules", args=[office.provider.pk])


def ask(client, office, *, part=True, button="preview", **rules):
    """The preview of rules as they are but for these; `part`: as htmx asks."""
    form = typed(office.provider, **rules) | {button: "1"}
    answer = client.post(page(office), form, headers=PART if part else {})
    assert_strict(answer, whole=not part)
    return answer


def words(answer):
    html = re.sub(r'<span class="(cap|vh)".*?</span>', "", answer.content.decode())
    return plain(html)


def plain(html):
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def facts(answer):
    html = answer.content.decode()
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html, re.S)
    return {plain(term): plain(said) for term, said in pairs}


def at_onex(office):
    """Diversions and absences One X holds, of everybody."""
    held = [each.change.absence for who in PEOPLE for each in office.world.pbx.held("contoso", who)]
    diversions = sum(each.forwarding == "announcement" for each in held)
    return diversions, len(held) - diversions


def busy_week(office):
    """Every kind of booking: tentative ones, which no rule synchronises yet, private, declined, chosen by the user."""
    for who, count in (("anna", 3), ("bertil", 2), ("eva", 1), ("frans", 1)):
        for n in range(count):
            office.book(f"{9 + n:02}:00", f"{9 + n:02}:45", "tentative", who=who)
            office.book(f"{13 + n}:00", f"{13 + n}:45", who=who)
        office.book("16:00", "17:00", "tentative", who=who, sensitivity="private")
        office.book("16:00", "17:00", "tentative", who=who, response="declined")
    for who, choice in (("anna", ("lunch", "announcement")), ("bertil", ("lunch", "announcement"))):
        chosen = office.book("18:00", "19:00", "tentative", who=who)
        office.world.set_choice(chosen.id, *choice)
    skipped = office.book("18:00", "19:00", "tentative", who="eva")
    office.world.set_choice(skipped.id, skip=True)
    office.sync()


def test_the_figures_shown_are_what_one_x_holds_once_it_is_saved_and_synchronised(anna, office):
    busy_week(office)
    before = at_onex(office)
    assert before == (1, 8)  # Anna's choice; seven meetings, and Bertil's choice without the service
    row = {"tentative_sync": "on", "tentative_forward": "announcement"}
    answer = ask(anna, office, **row)
    found = answer.context["preview"]
    assert (found.before.diversions, found.before.absences, found.before.skipped) == (*before, 7)
    assert at_onex(office) == before
    said = facts(answer)
    assert anna.post(page(office), typed(office.provider, **row)).status_code == 302
    office.sync()
    after = at_onex(office)
    assert after == (5, 11)
    assert said == {
        "Blir hänvisning": f"{after[0]} (i dag {before[0]})",
        "Blir frånvaro": f"{after[1]} (i dag {before[1]})",
        "Synkas inte": "0 (i dag 7)",
        "Berörda användare": "4 av 5",
    }


def test_what_is_shown_says_that_nothing_happens_yet_and_what_it_is_counted_from(anna, office):
    busy_week(office)
    told = len(office.world.pbx.log)
    said = words(ask(anna, office, tentative_sync="on", tentative_forward="announcement"))
    assert "Så påverkas kommande bokningar Ingenting ändras i One X förrän du sparar." in said
    assert "Räknat på senaste läsningen, 07:00." in said
    lacking = "2 användare saknar hänvisningstjänsten. Deras bokningar blir frånvaro utan vidarekoppling."
    assert f"{lacking} Visa användarna" in said
    assert len(office.world.pbx.log) == told


def test_nothing_is_written_by_a_preview_or_its_examples_but_who_looked(anna, office):
    busy_week(office)
    anna.get(page(office))
    before = rows_of_all_tables()
    ask(anna, office, tentative_sync="on")
    assert rows_of_all_tables() == before
    ask(anna, office, button="examples", tentative_sync="on")
    after = rows_of_all_tables()
    assert {name for name in before if before[name] != after[name]} <= {
        "auditlog_logentry",
        "sqlite_sequence",
    }
    looks = LogEntry.objects.filter(action=LogEntry.Action.ACCESS)
    assert {entry.object_id for entry in looks} == {office.user(who).pk for who in PEOPLE if who != "david"}
    assert not any("@" in str(entry.changes) + entry.object_repr for entry in looks)


def test_the_part_is_part_of_the_page_and_without_scripts_the_page_is_whole(anna, office):
    busy_week(office)
    part = ask(anna, office, tentative_sync="on").content.decode().strip()
    whole = ask(anna, office, part=False, tentative_sync="on")
    assert whole.status_code == 200
    assert facts(whole) == facts(ask(anna, office, tentative_sync="on"))
    assert "<h1" not in part
    assert 'id="preview"' not in part
    assert whole.context["sheet"].rows[4]["sync"].value() is True
    assert kept(office.provider, "tentative")[0] is False


def test_the_form_asks_by_itself_after_a_change(anna, office):
    html = anna.get(page(office)).content.decode()
    assert 'hx-trigger="change delay:400ms" hx-target="#preview"' in html
    assert '<div id="preview" aria-live="polite">' in html
    assert HINT in html


def test_while_nothing_is_changed_it_says_what_it_is_for(anna, office):
    busy_week(office)
    assert words(ask(anna, office)) == HINT
    assert words(ask(anna, office, free_reason="lunch")) == HINT  # of a row that is off


def test_before_the_first_reading_it_says_so(anna, office):
    SyncedUser.objects.update(last_synced_at=None, tally={})
    said = words(ask(anna, office, busy_sync="off"))
    assert "Inga bokningar är lästa ännu." in said
    assert "Blir hänvisning" not in said


def test_an_instance_that_is_off_has_nothing_to_count(anna, office):
    busy_week(office)
    Provider.objects.update(active=False)
    assert words(ask(anna, office, busy_sync="off")).startswith(
        "Leverantören är inte aktiv, så ingenting synkas."
    )


@pytest.mark.parametrize("part", [True, False], ids=["part", "page"])
def test_what_cannot_be_counted_yet_is_not_called_wrong(anna, office, part):
    answer = ask(anna, office, part=part, busy_reason="unheard_of", tentative_sync="on")
    said = words(answer)
    assert answer.status_code == 200
    assert "Förhandsgranskningen visas när alla regler har en orsak som finns i One X." in said
    assert "One X har inte den orsaken" not in said
    assert "Det gick inte att spara" not in said
    assert "aria-invalid" not in answer.content.decode()
    if not part:
        rows = {row.rule.show_as: row for row in answer.context["sheet"].rows}
        assert (rows["busy"]["reason"].value(), rows["tentative"]["sync"].value()) == ("unheard_of", True)


def test_with_one_x_away_the_part_says_so_and_nothing_else(anna, office, world):
    anna.get(page(office))
    world.faults.add("onex", "/reasons", status=503, times=None)
    said = words(ask(anna, office, busy_sync="off"))
    assert said == "One X svarar inte just nu, så ingenting kan förhandsgranskas."


@pytest.mark.parametrize(
    ("switches", "counted"),
    [
        ({"plugin_enabled": False}, "De gäller inte, eftersom Plugin inte är aktiverad."),
        ({}, "De gäller inte, eftersom Plugin-användare inte kan ändra sin standardkonfiguration."),
        ({"may_change_defaults": True}, "De går före reglerna här."),
    ],
    ids=["plugin off", "not allowed", "counted"],
)
def test_who_has_own_rules_is_told_with_whether_they_count(anna, office, switches, counted):
    assert "egna regler" not in words(anna.get(page(office)))
    SyncRule.objects.create(synced_user=office.user(), show_as="busy", reason="lunch")
    Provider.objects.update(**switches)
    assert f"1 användare har egna regler i Outlook-tillägget. {counted}" in words(anna.get(page(office)))


# Visa exempel


def rows(answer):
    html = re.sub(r'<span class="(cap|vh)".*?</span>', "", answer.content.decode())
    body = html.partition('class="flow pairs examples"')[2].partition("<tbody")[2]
    return [
        [plain(cell) for cell in re.findall(r"<t[hd] .*?</t[hd]>", row, re.S)]
        for row in re.findall(r"<tr .*?</tr>", body, re.S)
    ]


def test_examples_are_read_live_and_told_as_today_and_with_new_rules(anna, office):
    office.book("09:00", "10:00", "tentative", subject="Löneförhandling")
    office.book("10:00", "11:00", "tentative", who="bertil")
    office.book("12:00", "13:00", "tentative", sensitivity="private")
    office.sync()
    office.asked("calendarView")
    answer = ask(anna, office, button="examples", tentative_sync="on", tentative_forward="announcement")
    assert rows(answer) == [
        ["Anna Berg", "2027-05-12 09:00–10:00", "Synkas inte", "Hänvisning: Möte Åter 10:00"],
        ["Bertil Åström", "2027-05-12 10:00–11:00", "Synkas inte", "Frånvaro: Möte"],
    ]
    assert office.asked("calendarView") > 0
    assert "Löneförhandling" not in answer.content.decode()
    assert not SyncedBooking.objects.exists()


def test_a_title_is_shown_where_titles_are(anna, office):
    office.book("09:00", "10:00", subject="Löneförhandling <b>")
    office.book("10:00", "11:00", subject=" ")
    office.sync()
    Provider.objects.update(all_private=False)
    found = rows(ask(anna, office, button="examples", busy_reason="lunch"))
    assert [row[1] for row in found] == [
        "2027-05-12 09:00–10:00 Löneförhandling <b>",
        "2027-05-12 10:00–11:00 Bokning",
    ]
    assert found[0][2:] == ["Frånvaro: Möte", "Frånvaro: Lunch"]


def test_ten_examples_are_enough(anna, office):
    for n in range(12):
        office.book(f"{8 + n:02}:00", f"{8 + n:02}:30")
    office.sync()
    found = rows(ask(anna, office, button="examples", busy_sync="off"))
    assert len(found) == 10
    assert found[0][1:] == ["2027-05-12 08:00–08:30", "Frånvaro: Möte", "Synkas inte"]


def test_a_choice_of_the_user_is_no_example(anna, office):
    chosen = office.book("09:00", "10:00")
    office.world.set_choice(chosen.id, "lunch")
    office.book("11:00", "12:00")
    office.sync()
    found = rows(ask(anna, office, button="examples", busy_sync="off"))
    assert [row[1] for row in found] == ["2027-05-12 11:00–12:00"]


@pytest.mark.parametrize("part", [True, False], ids=["part", "page"])
def test_with_outlook_away_there_are_no_examples_and_it_says_so(anna, office, world, part):
    busy_week(office)
    world.faults.add("graph", "", status=503, times=None)
    answer = ask(anna, office, part=part, button="examples", tentative_sync="on")
    assert "Outlook gick inte att läsa." in words(answer)
    assert "One X svarar inte" not in words(answer)
    assert rows(answer) == []
    assert facts(answer)["Berörda användare"] == "4 av 5"


def test_what_has_changed_in_outlook_meanwhile_is_no_example(anna, office):
    event = office.book("09:00", "10:00")
    office.sync()
    office.world.notifications = lambda url, payload: None
    office.world.delete(event.id)
    said = words(ask(anna, office, button="examples", busy_sync="off"))
    assert "Ingen av bokningarna som nu lästes ändras." in said


def test_no_more_than_twenty_calendars_are_read(anna, office, monkeypatch):
    busy_week(office)
    monkeypatch.setattr("calendarsync.portal.examples.USERS", 2)
    ask(anna, office, button="examples", tentative_sync="on")
    assert LogEntry.objects.filter(action=LogEntry.Action.ACCESS).count() == 2


def test_a_stranger_sees_no_preview(signed_in, office):
    form = typed(office.provider) | {"preview": "1"}
    assert signed_in("filip").post(page(office), form, headers=PART).status_code == 404


def test_the_page_keeps_its_promises_with_examples(office, signed_in):
    busy_week(office)
    answer = ask(judged(signed_in("anna")), office, part=False, button="examples", tentative_sync="on")
    assert len(rows(answer)) == 7
    engine.run()
