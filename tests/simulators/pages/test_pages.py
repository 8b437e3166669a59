"""What the pages show: the calendar as its owner sees it, One X as colleagues and callers do, and clear refusals."""

import re
from datetime import timedelta
from time import perf_counter

import pytest
from werkzeug.test import Client

from mss.simulators.pages import application
from mss.simulators.pbx import Extension
from mss.simulators.world import World

from .conftest import NOW, Page, Player, enrol

BUDGET_SECONDS = 2.0


def test_an_empty_world_says_that_it_is_empty(world: World) -> None:
    client = Client(application(world))
    assert Page(client.get("/")).status == 200
    page = Page(client.get("/telefonboken/"))
    assert (page.status, "Det finns inget företag" in page.text) == (404, True)


def test_every_page_says_that_the_world_is_simulated_and_forbids_inline_script(anna: Player) -> None:
    for path in ("/", "", "/telefonboken/contoso/", "/telefonboken/contoso/x100001/", "/ring/", "/nope"):
        page = anna.get(path)
        assert page.text.startswith("Hoppa till innehållet Simulerad värld"), path
        assert "script-src 'self'" in page.answer.headers["Content-Security-Policy"]
        assert [each in page.html for each in ("style=", "<style", "onclick", "javascript:")] == [False] * 4


def test_the_files_that_the_pages_name_are_there(anna: Player) -> None:
    for name in ("app.css", "app.js", "icons.svg", "world.svg"):
        assert anna.get(f"/static/{name}").status == 200, name


def test_bookings_stand_by_day_for_today_and_two_weeks(anna: Player) -> None:
    for days in (-1, 0, 1, 14, 15):
        anna.world.book(
            anna.person.id, f"dag {days}", NOW + timedelta(days=days), NOW + timedelta(days=days, hours=1)
        )
    text = anna.get().part("bookings")
    assert [f"dag {days} " in text for days in (-1, 0, 1, 14, 15)] == [False, True, True, True, False]
    headings = ["I dag, tisdag 24 november 2026", "dag 0", "I morgon, onsdag 25 november 2026", "dag 1"]
    headings += ["Tisdag 8 december 2026", "dag 14"]
    assert sorted(headings, key=text.index) == headings


@pytest.mark.parametrize(
    ("hours", "words"),
    [(1, "10:10–11:10"), (20, "10:10–06:10 nästa dag"), (50, "10:10–2026-11-26 12:10")],
)
def test_times_are_shown_on_stockholms_clock(anna: Player, hours: int, words: str) -> None:
    event = anna.world.book(anna.person.id, "Möte", NOW, NOW + timedelta(hours=hours))
    assert anna.get().part(f"b-{event.id}").startswith(f"{words} Möte")


def test_an_all_day_booking_keeps_its_own_dates_whatever_its_zone(anna: Player) -> None:
    start = NOW + timedelta(days=1)
    event = anna.world.book(
        anna.person.id, "Mässa", start, start + timedelta(days=2), all_day=True, zone="Tokyo Standard Time"
    )
    assert anna.get().part(f"b-{event.id}").startswith("Heldag t.o.m. 2026-11-26 Mässa")


def test_markup_in_a_subject_is_words(anna: Player) -> None:
    anna.world.book(anna.person.id, "<script>alert('x')</script>", NOW, NOW + timedelta(hours=1))
    anna.hold(title="<img src=x>")
    html = anna.get().html
    assert ("<script>alert" in html, "&lt;script&gt;alert" in html) == (False, True)
    assert ("<img" in html, "&lt;img src=x&gt;" in html) == (False, True)


def test_a_private_subject_is_seen_in_outlook_and_nowhere_in_one_x(anna: Player) -> None:
    anna.world.book(anna.person.id, "Läkarbesök", NOW, NOW + timedelta(hours=1), sensitivity="private")
    anna.hold(forwarding="announcement")
    play = anna.get()
    one_x = [
        "/telefonboken/contoso/",
        "/telefonboken/contoso/x100001/",
        "/telefonboken/contoso/x100001/kalender/",
    ]
    one_x += ["/ring/?number=0104100001", "/?person=anna.100001@contoso.test"]
    assert "Läkarbesök" in play.text
    assert ["Läkarbesök" in anna.get(path, **{"X-Live": "1"}).text for path in one_x] == [False] * 5
    assert ["Läkarbesök" in anna.get(path).text for path in one_x[:4]] == [False] * 4


@pytest.mark.parametrize(
    ("held", "state", "line", "heard"),
    [
        (None, "available", "Tillgänglig Ingen frånvaro just nu", "Anna Berg svarar."),
        ({}, "absence", "Frånvaro: Möte Åter 11:10", "Anna Berg svarar."),
        (
            {
                "forwarding": "announcement",
                "title": "Budget",
                "returns_at": (NOW + timedelta(hours=2)).isoformat(),
            },
            "diversion",
            "Hänvisning: Möte Åter 12:10 Budget",
            "Anna Berg är på möte och är åter klockan 12:10.",
        ),
    ],
)
def test_beside_the_calendar_stands_what_one_x_shows_and_a_caller_hears(
    anna: Player, held: dict[str, str] | None, state: str, line: str, heard: str
) -> None:
    if held is not None:
        anna.hold(**held)
    for page in (anna.get(), anna.get(**{"X-Live": "1"})):
        assert (page.part("live-directory"), page.part("live-call")) == (line, heard)
        assert f'id="live-directory" data-live data-state="{state}"' in page.html


def test_a_coming_absence_stands_under_kalender_and_nothing_is_active(anna: Player) -> None:
    tomorrow = NOW + timedelta(days=1)
    anna.hold(
        starts_at=tomorrow.isoformat(),
        ends_at=(tomorrow + timedelta(hours=1)).isoformat(),
        title="Kurs i Lund",
    )
    expected = "I morgon, onsdag 25 november 2026 10:10–11:10 Frånvaro: Möte · Kurs i Lund"
    play, card = anna.get(), anna.get("/telefonboken/contoso/x100001/kalender/")
    assert (play.part("live-calendar"), card.part("live-calendar")) == (expected, expected)
    assert play.part("live-directory") == "Tillgänglig Ingen frånvaro just nu"


def test_all_that_is_under_way_stands_under_kalender_with_the_one_that_decides(anna: Player) -> None:
    day = {"starts_at": "2026-11-23T23:00:00Z", "ends_at": "2026-11-24T23:00:00Z", "all_day": True}
    anna.hold(**day, reason="away", priority=5)
    one = "I dag, tisdag 24 november 2026 Heldag Frånvaro: Frånvarande Pågår"
    assert anna.get().part("live-calendar") == one
    anna.hold(key="meeting", forwarding="announcement", priority=104)
    both = f"{one}, avgör inte 10:10–11:10 Hänvisning: Möte Pågår, avgör nu"
    for path in ("", "/telefonboken/contoso/x100001/kalender/"):
        assert anna.get(path, **{"X-Live": "1"}).part("live-calendar") == both, path


def test_a_title_that_is_the_reason_is_said_once(anna: Player) -> None:
    anna.hold(title="möte")
    assert anna.get().part("live-directory") == "Frånvaro: Möte Åter 11:10"
    assert anna.get().part("live-calendar").endswith("10:10–11:10 Frånvaro: Möte Pågår")
    assert "Frånvaro Möte Åter 11:10" in anna.get("/telefonboken/contoso/").part("live-lines")


def test_the_list_has_a_version_that_differs_when_it_shows_something_else(anna: Player) -> None:
    def version(**headers: str) -> str:
        return re.findall(r'id="live-version" data-live data-version="(\w+)"', anna.get(**headers).html)[0]

    seen = [version()]
    event = anna.world.book(anna.person.id, "Möte", NOW, NOW + timedelta(hours=1))
    seen.append(version())
    anna.world.change(event.id, subject="Mötet")
    seen.append(version())
    anna.world.clock = lambda: NOW + timedelta(hours=1)
    seen.append(version())
    assert len(set(seen)) == 4
    assert version(**{"X-Live": "1"}) == seen[-1]
    assert f'id="list" data-version="{seen[-1]}"' in anna.get().html


def test_a_path_without_its_last_slash_leads_to_the_page(anna: Player) -> None:
    answer = anna.get("/ring?number=1").answer
    assert (answer.status_code, answer.location.partition("/ring")[2]) == (308, "/?number=1")


def test_the_live_answer_holds_no_form(anna: Player) -> None:
    for path in ("", "/telefonboken/contoso/", "/telefonboken/contoso/x100001/kalender/", "/", "/ring/"):
        assert "<form" not in anna.get(path, **{"X-Live": "1"}).html, path


def test_people_are_chosen_by_company_or_search(anna: Player) -> None:
    enrol(anna.world, "Bo Ek", 100002)
    other = anna.world.add_tenant("Fabrikam AB", ["fabrikam.test"])
    anna.world.add_person(other, "Cia Dahl", "cia@fabrikam.test")
    seen = {
        path: [name in anna.get(path).part("live-people") for name in ("Anna Berg", "Bo Ek", "Cia Dahl")]
        for path in ("/", "/?company=fabrikam.test", "/?q=EK", "/?q=cia")
    }
    assert seen == {
        "/": [True, True, False],
        "/?company=fabrikam.test": [False, False, True],
        "/?q=EK": [False, True, False],
        "/?q=cia": [False, False, True],
    }
    assert anna.get("/?q=zzz").part("live-people") == "Ingen person matchar ”zzz” Rensa sökningen"


def test_an_unknown_person_is_said_and_there_is_a_list_to_choose_from(anna: Player) -> None:
    page = anna.get("/?person=nobody@contoso.test")
    assert page.status == 404
    assert "Personen ”nobody@contoso.test” finns inte i den simulerade världen." in page.text
    assert (page.typed("q"), "Anna Berg" in page.part("live-people")) == ("nobody@contoso.test", True)


def test_who_has_no_mailbox_or_no_subscription_gets_words_instead_of_forms(anna: Player) -> None:
    bo = enrol(anna.world, "Bo Ek", 100002, mailbox=False)
    page = Player(anna.world, bo, anna.client).get()
    assert ("Bo har ingen brevlåda" in page.text, 'id="book"' in page.html) == (True, False)
    assert Player(anna.world, bo, anna.client).press("meeting-now").status == 422
    anna.person.extension_id = None
    assert "Anna har inget One X-abonnemang." in anna.get().text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/?company=x", "Företaget finns inte i den simulerade världen"),
        ("/telefonboken/nobody/", "Företaget finns inte i den simulerade världen"),
        ("/telefonboken/contoso/x9/", "Personen finns inte i telefonboken för Contoso AB"),
        ("/nope", "Sidan finns inte"),
    ],
)
def test_a_page_that_is_not_there_says_what_is_missing(anna: Player, path: str, words: str) -> None:
    page = anna.get(path)
    assert (page.status, words in page.text, "Till Spelplanen" in page.text) == (404, True, True)


def test_the_directory_shows_state_reason_return_and_title(anna: Player) -> None:
    anna.hold(forwarding="announcement", title="Budget")
    enrol(anna.world, "Åsa Öberg", 100003)
    enrol(anna.world, "Ärla Zetterberg", 100004)
    page = anna.get("/telefonboken/contoso/")
    assert page.part("live-lines").endswith(
        "Åter AB Anna Berg 010-410 00 01 Hänvisning Möte · Budget Åter 11:10"
        " ÅÖ Åsa Öberg 010-410 00 03 Tillgänglig – saknas – saknas"
        " ÄZ Ärla Zetterberg 010-410 00 04 Tillgänglig – saknas – saknas"
    )


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?q=berg", ["Anna Berg"]),
        ("?q=010-410 00 02", ["Bo Ek"]),
        ("?q=%2B46104100002", ["Bo Ek"]),
        ("?visa=diversion", ["Anna Berg"]),
        ("?visa=available", ["Bo Ek"]),
        ("?visa=nonsense", ["Anna Berg", "Bo Ek"]),
        ("?q=bo&visa=diversion", []),
    ],
)
def test_the_directory_is_searched_and_filtered(anna: Player, query: str, names: list[str]) -> None:
    anna.hold(forwarding="announcement")
    enrol(anna.world, "Bo Ek", 100002)
    shown = anna.get(f"/telefonboken/contoso/{query}").part("live-lines")
    assert [name for name in ("Anna Berg", "Bo Ek") if name in shown] == names


def test_a_search_shows_the_address_that_may_be_why(anna: Player) -> None:
    pages = ("/telefonboken/contoso/", "/")
    assert ["anna.100001@contoso.test" in anna.get(path).text for path in pages] == [False, True]
    assert ["anna.100001@contoso.test" in anna.get(f"{path}?q=anna.1").text for path in pages] == [True, True]
    anna.person.title, anna.person.department = "Säljare", "Försäljning"
    assert "Anna Berg Säljare Tillgänglig" in anna.get("/").text
    assert "Anna Berg Säljare · Försäljning anna.100001@contoso.test Tillg" in anna.get("/?q=anna.1").text


def test_ten_thousand_people_are_paged_by_a_hundred_and_quickly(anna: Player) -> None:
    for number in range(10_000):
        extension = Extension(f"y{number}", "contoso", f"+46105{number:06d}", f"Person {number:05d}", None)
        anna.world.pbx.extensions[extension.id] = extension
    start = perf_counter()
    page = anna.get("/telefonboken/contoso/?page=2")
    assert perf_counter() - start < BUDGET_SECONDS
    assert page.html.count("data-extension=") == 100
    assert "101–200 av 10\u00a0001" in page.html
    last = anna.get("/telefonboken/contoso/?page=999999")
    assert (last.html.count("data-extension="), "Sida 101 av 101" in last.text) == (1, True)


def test_a_card_has_contact_details_and_a_way_to_ring(anna: Player) -> None:
    anna.world.pbx.extensions["x2"] = Extension("x2", "contoso", "+46104100009", "Reception", None)
    page = anna.get("/telefonboken/contoso/x2/")
    assert "Nummer 010-410 00 09 E-post – saknas Företag Contoso AB Hänvisningstjänst Nej" in page.text
    assert 'href="/ring/?number=%2B46104100009"' in page.html


@pytest.mark.parametrize("number", ["+46104100001", "010-410 00 01", "0104100001"])
def test_a_call_says_what_is_heard_and_how_it_was_decided(anna: Player, number: str) -> None:
    anna.hold(
        forwarding="announcement", returns_at=(NOW + timedelta(hours=2)).isoformat(), title="Hemlig titel"
    )
    page = Page(anna.client.get("/ring/", query_string={"number": number}))
    assert page.part("sentence") == "Anna Berg är på möte och är åter klockan 12:10."
    assert (
        "Så avgjordes det Möte (10:10–11:10) gäller då och kommer från Outlook."
        " Det är en hänvisning: samtalet besvaras med hänvisningsbesked."
        " Åter-tiden är 12:10, när den sista hänvisningen i rad är slut." in page.text
    )
    assert ("Ring igen" in page.text, "Hemlig titel" in page.text) == (True, False)


def test_part_of_a_name_gives_people_to_choose_among(anna: Player) -> None:
    enrol(anna.world, "Bo Ek", 100002)
    enrol(anna.world, "Hanna Ek", 100003)
    choose = "Vem vill du ringa? AB Anna Berg 010-410 00 01 anna.100001@contoso.test HE Hanna Ek"
    assert choose in anna.get("/ring/?number=ann").text


def test_part_of_a_name_that_only_one_has_is_called_at_once(anna: Player) -> None:
    enrol(anna.world, "Bo Ek", 100002)
    page = anna.get("/ring/?number=ann")
    assert (page.part("sentence"), page.typed("number")) == ("Anna Berg svarar.", "ann")


def test_a_call_is_live_unless_a_moment_was_given(anna: Player) -> None:
    live = [
        'id="call"' in anna.get(f"/ring/?number=0104100001{at}", **{"X-Live": "1"}).html
        for at in ("", "&at=2026-11-24 10:09")
    ]
    assert live == [True, False]


def test_both_mistakes_of_a_call_are_told_at_once(anna: Player) -> None:
    page = anna.get("/ring/?number=zzz&at=sen")
    words = {
        "at": "Ange dag och tid, till exempel 2026-11-24 14:30.",
        "number": "Ingen i One X har det numret eller namnet. Kontrollera stavningen.",
    }
    assert {field: page.part(f"{field}-error") for field in words} == words


def test_a_call_at_another_moment_hears_what_holds_then(anna: Player) -> None:
    anna.hold(forwarding="announcement")
    before, during = (
        anna.get(f"/ring/?number=0104100001&at=2026-11-24 {clock}").part("sentence")
        for clock in ("10:09", "11:09")
    )
    assert (before, during) == ("Anna Berg svarar.", "Anna Berg är på möte och är åter klockan 11:10.")


def test_a_state_set_by_hand_is_said_to_be_so(anna: Player) -> None:
    anna.world.pbx.override("x100001", "ill", NOW + timedelta(hours=5))
    assert (
        "Sjuk (10:10–15:10) gäller då och är satt för hand i One X."
        in anna.get("/ring/?number=0104100001").text
    )
    assert anna.get().part("live-directory") == "Frånvaro: Sjuk Åter 15:10 · satt för hand i One X"


@pytest.mark.parametrize(
    ("number", "at", "words"),
    [
        ("0101", "", "Ingen i One X har det numret eller namnet. Kontrollera stavningen."),
        ("<b>", "", "Ingen i One X har det numret eller namnet. Kontrollera stavningen."),
        ("0104100001", "i morgon", "Ange dag och tid, till exempel 2026-11-24 14:30."),
        ("0104100001", "9999-12-31 23:59", "Ange ett datum mellan år 2000 och 2099."),
    ],
)
def test_a_call_that_cannot_be_made_keeps_what_was_typed(
    anna: Player, number: str, at: str, words: str
) -> None:
    page = Page(anna.client.get("/ring/", query_string={"number": number, "at": at}))
    assert (page.status, page.part("errors")) == (422, f"Det gick inte att ringa {words}")
    assert (page.typed("number"), page.typed("at")) == (number, at)
