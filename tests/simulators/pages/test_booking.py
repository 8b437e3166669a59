"""The forms of Spelplanen do to the world what they say, or say what to do instead and keep what was typed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mss.simulators.world import Event

from .conftest import NOW, TODAY, Player, enrol


def at(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def taken(event: Event) -> tuple[datetime, datetime]:
    return event.starts_at, event.ends_at


def test_a_booking_lands_in_the_calendar_at_stockholm_time(anna: Player) -> None:
    page = anna.book(subject="Budget", show_as="oof", private="on")
    event = anna.only
    assert page.status == 303
    assert (event.subject, event.show_as, event.sensitivity) == ("Budget", "oof", "private")
    assert taken(event) == (at(12), at(13))
    assert anna.follow(page).part("messages") == "Bokningen är gjord."


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"start": "9", "end": "9.30"}, (at(8), at(8, 30))),
        ({"start": "0915", "end": "10:00"}, (at(8, 15), at(9))),
        ({"start": "22:00", "end": "06:00", "end_date": "2026-11-25"}, (at(21), at(5, day=25))),
        ({"all_day": "on", "start": "", "end": ""}, (at(0), at(0, day=25))),
        ({"all_day": "on", "end_date": "2026-11-26"}, (at(0), at(0, day=27))),
        # 02:30 comes twice when summer time ends; the first is meant.
        (
            {"date": "2027-10-31", "start": "02:30", "end": "04:00"},
            (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 3, tzinfo=UTC)),
        ),
    ],
)
def test_times_are_read_as_people_write_them(
    anna: Player, typed: dict[str, str], expected: tuple[datetime, datetime]
) -> None:
    anna.book(**typed)
    assert taken(anna.only) == expected
    assert anna.only.all_day == ("all_day" in typed)


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("date", {"date": "31 november"}, "Ange datum som år, månad och dag, till exempel 2026-11-24."),
        ("date", {"date": "0001-01-01"}, "Ange datum mellan år 2000 och 2099."),
        ("date", {"date": ""}, "Ange datum som år, månad och dag, till exempel 2026-11-24."),
        ("start", {"start": "25:00"}, "Ange start som klockslag, till exempel 09:30."),
        ("end", {"end": "halv tre"}, "Ange slut som klockslag, till exempel 09:30."),
        (
            "end",
            {"end": "12:00"},
            "Slut måste vara efter start. Ange slutdatum om bokningen går över midnatt.",
        ),
        (
            "end",
            {"end": "13:00"},
            "Slut måste vara efter start. Ange slutdatum om bokningen går över midnatt.",
        ),
        ("end_date", {"end_date": "2026-11-23"}, "Slutdatum är före datum. Ändra ett av dem."),
        (
            "end_date",
            {"end_date": "2026-11-23", "all_day": "on"},
            "Slutdatum är före datum. Ändra ett av dem.",
        ),
        (
            "start",
            {"date": "2027-03-28", "start": "02:30", "end": "04:00"},
            "Klockan 02:30 finns inte 2027-03-28, då börjar sommartiden. Ange en annan tid.",
        ),
        ("show_as", {"show_as": "asleep"}, "Välj något i listan."),
        ("repeat", {"repeat": "1000"}, "Välj något i listan."),
        ("subject", {"subject": "å" * 256}, "Rubriken får vara högst 255 tecken. Korta den."),
    ],
)
def test_a_refused_booking_keeps_what_was_typed_and_says_what_to_do(
    anna: Player, field: str, typed: dict[str, str], words: str
) -> None:
    filled = {
        "subject": "Mitt <möte>",
        "date": "2026-11-24",
        "start": "13:00",
        "end": "14:00",
        "end_date": "",
    }
    page = anna.book(**filled | typed)
    assert page.status == 422
    assert page.part("errors") == f"Det gick inte att boka {words}"
    assert page.part(f"book-{field}-error") == words
    assert {each: page.typed(f"book-{each}") for each in filled} == {
        each: typed.get(each, value) for each, value in filled.items()
    }
    assert ('name="all_day" checked' in page.html) == ("all_day" in typed)
    assert anna.world.calendar(anna.person.id) == []


def test_all_mistakes_are_told_at_once_each_at_its_field(anna: Player) -> None:
    list_of = {"show_as": "asleep", "repeat": "1000"}
    page = anna.book(subject="å" * 256, date="i dag", end_date="sen", start="tidigt", end="kl 9", **list_of)
    words = {
        "subject": "Rubriken får vara högst 255 tecken. Korta den.",
        "date": "Ange datum som år, månad och dag, till exempel 2026-11-24.",
        "end_date": "Ange slutdatum som år, månad och dag, till exempel 2026-11-24.",
        "start": "Ange start som klockslag, till exempel 09:30.",
        "end": "Ange slut som klockslag, till exempel 09:30.",
        "show_as": "Välj något i listan.",
        "repeat": "Välj något i listan.",
    }
    assert page.part("errors") == " ".join(["Det gick inte att boka", *words.values()])
    assert {field: page.part(f"book-{field}-error") for field in words} == words


def days(first: str, start: str, end: str, **more: str) -> dict[str, str]:
    return {"date": first, "start": start, "end": end, **more}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (days(TODAY, "10:00", "10:11"), "Bokningen är gjord."),
        (
            days(TODAY, "09:00", "10:10"),
            "Bokningen är gjord, men är redan slut och visas inte i One X.",
        ),
        (days("2026-11-20", "09:00", "10:00"), "Bokningen är gjord, men är redan slut och visas inte."),
        (days("2026-12-08", "09:00", "10:00"), "Bokningen är gjord."),
        (
            days("2026-12-09", "09:00", "10:00"),
            "Bokningen är gjord, men ligger längre fram än 14 dagar och visas inte än.",
        ),
        (days("2026-11-22", "09:00", "10:00", repeat="1"), "Serien är bokad."),
        (
            days("2026-11-01", "09:00", "10:00", repeat="1"),
            "Serien är bokad, men är redan slut och visas inte.",
        ),
    ],
)
def test_a_booking_that_is_not_shown_is_said_to_be_so(
    anna: Player, typed: dict[str, str], words: str
) -> None:
    assert anna.follow(anna.book(**typed)).part("messages") == words


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("meeting-now", ("Möte", NOW, NOW + timedelta(minutes=30), "busy", "normal")),
        ("lunch-now", ("Lunch", NOW, NOW + timedelta(minutes=45), "oof", "normal")),
        ("private-now", ("Läkarbesök", NOW, NOW + timedelta(minutes=30), "busy", "private")),
        ("vacation-tomorrow", ("Semester", at(0, day=25), at(0, day=26), "oof", "normal")),
    ],
)
def test_a_quick_button_books_at_once(anna: Player, button: str, expected: tuple[Any, ...]) -> None:
    anna.press(button)
    event = anna.only
    assert (event.subject, *taken(event), event.show_as, event.sensitivity) == expected


@pytest.mark.parametrize(("services", "forwarding"), [(["diversion"], "announcement"), ([], "none")])
@pytest.mark.parametrize(
    ("button", "reason"),
    [("meeting-now", None), ("lunch-now", "lunch"), ("private-now", None), ("vacation-tomorrow", "vacation")],
)
def test_the_quick_buttons_of_a_reason_choose_it_in_the_add_in(
    anna: Player, button: str, reason: str | None, services: list[str], forwarding: str
) -> None:
    anna.world.pbx.extensions["x100001"].services = services
    anna.press(button)
    expected = {"v": 1, "owner": anna.person.email, "reason": reason, "forwarding": forwarding}
    assert choice(anna.only) == (expected if reason else None)


def test_a_repeated_booking_becomes_a_series_of_five(anna: Player) -> None:
    anna.book(repeat="7")
    days = [each.starts_at for each in anna.world.calendar(anna.person.id) if each.kind == "occurrence"]
    assert days == [at(12) + timedelta(days=7 * each) for each in range(5)]


@pytest.fixture
def booked(anna: Player) -> Event:
    return anna.world.book(anna.person.id, "Möte", at(12), at(13))


@pytest.mark.parametrize(
    ("button", "typed", "expected", "words"),
    [
        ("extend", {}, {"ends_at": at(13, 30)}, "Bokningen är förlängd."),
        ("private", {}, {"sensitivity": "private"}, "Bokningen är privat."),
        ("cancel", {}, {"cancelled": True}, "Bokningen är inställd."),
        ("show-as", {"show_as": "workingElsewhere"}, {"show_as": "workingElsewhere"}, "Visa som är ändrat."),
        (
            "move",
            {"date": "2026-11-25", "start": "8:00", "end": "8:30"},
            {"starts_at": at(7, day=25), "ends_at": at(7, 30, day=25)},
            "Bokningen är flyttad.",
        ),
    ],
)
def test_a_button_changes_the_booking_and_the_row_says_so(
    anna: Player, booked: Event, button: str, typed: dict[str, str], expected: dict[str, Any], words: str
) -> None:
    page = anna.press(button, event=booked.id, **typed)
    assert {name: getattr(anna.has(booked.id), name) for name in expected} == expected
    assert words in anna.follow(page).part(f"b-{booked.id}")
    assert page.answer.location.endswith(f"#b-{booked.id}")


def test_a_private_booking_can_be_made_public_again(anna: Player, booked: Event) -> None:
    anna.world.change(booked.id, sensitivity="confidential")
    anna.press("public", event=booked.id)
    assert anna.has(booked.id).sensitivity == "normal"


def test_an_all_day_booking_is_moved_and_prolonged_by_days(anna: Player) -> None:
    event = anna.world.book(anna.person.id, "Semester", at(0, day=26), at(0, day=27), all_day=True)
    anna.press("move", event=event.id, date="2026-11-27", end_date="2026-11-28")
    assert taken(anna.has(event.id)) == (at(0, day=27), at(0, day=29))
    anna.press("extend", event=event.id)
    assert taken(anna.has(event.id)) == (at(0, day=27), at(0, day=30))


def test_a_booking_moved_out_of_sight_is_said_to_be_so_on_top(anna: Player, booked: Event) -> None:
    page = anna.follow(anna.press("move", event=booked.id, date="2027-01-07", start="9", end="10"))
    words = "Bokningen är flyttad, men ligger längre fram än 14 dagar och visas inte än."
    assert (page.part("messages"), page.events()) == (words, [])


def test_an_occurrence_moved_out_of_sight_is_said_to_be_so_though_others_are_left(
    anna: Player, series: list[Event]
) -> None:
    page = anna.press("move", event=series[1].id, date="2026-11-20", start="9", end="10")
    words = "Bokningen är flyttad, men är redan slut och visas inte."
    assert anna.follow(page).part("messages") == words


def test_a_deleted_booking_is_gone_and_a_second_press_says_so(anna: Player, booked: Event) -> None:
    assert anna.follow(anna.press("delete", event=booked.id)).part("messages") == "Bokningen är borttagen."
    assert anna.world.calendar(anna.person.id) == []
    again = anna.follow(anna.press("delete", event=booked.id))
    assert again.part("messages") == "Bokningen finns inte längre. Den kan ha tagits bort i en annan flik."


def test_a_refused_move_keeps_what_was_typed_in_the_open_row(anna: Player, booked: Event) -> None:
    page = anna.press("move", event=booked.id, date="2026-11-26", start="13:00", end="12:00")
    assert page.status == 422
    assert "Slut måste vara efter start." in page.part(f"b-{booked.id}")
    assert [page.typed(f"{booked.id}-{each}") for each in ("date", "start", "end")] == [
        "2026-11-26",
        "13:00",
        "12:00",
    ]
    assert page.typed("book-subject") == ""
    assert taken(anna.has(booked.id)) == (at(12), at(13))


def test_all_mistakes_of_a_row_are_told_at_once_each_at_its_field(anna: Player, booked: Event) -> None:
    page = anna.press("move", event=booked.id, date="i morgon", start="25", end="26")
    words = {
        "date": "Ange datum som år, månad och dag, till exempel 2026-11-24.",
        "start": "Ange start som klockslag, till exempel 09:30.",
        "end": "Ange slut som klockslag, till exempel 09:30.",
    }
    assert {field: page.part(f"{booked.id}-{field}-error") for field in words} == words
    assert {field: page.typed(f"{booked.id}-{field}") for field in words} == {
        "date": "i morgon",
        "start": "25",
        "end": "26",
    }


def choice(event: Event) -> dict[str, Any] | None:
    return json.loads(json.loads(event.choice)["choice"]) if event.choice else None


def test_the_choice_of_the_add_in_is_set_and_taken_back(anna: Player, booked: Event) -> None:
    owner = {"v": 1, "owner": anna.person.email}
    page = anna.press("choose", event=booked.id, choice="lunch", forwarding="announcement")
    assert choice(anna.has(booked.id)) == owner | {"reason": "lunch", "forwarding": "announcement"}
    assert "Val: Lunch, hänvisningsbesked" in anna.follow(page).part(f"b-{booked.id}")
    page = anna.press("choose", event=booked.id, choice="skip", forwarding="none")
    assert choice(anna.has(booked.id)) == owner | {"skip": True}
    assert "Val: Synkronisera inte" in anna.follow(page).part(f"b-{booked.id}")
    anna.press("choose", event=booked.id, choice="", forwarding="none")
    assert choice(anna.has(booked.id)) is None


@pytest.mark.parametrize(
    "typed", [{"choice": "golf", "forwarding": "none"}, {"choice": "lunch", "forwarding": "fax"}]
)
def test_a_choice_outside_the_lists_is_refused(anna: Player, booked: Event, typed: dict[str, str]) -> None:
    page = anna.press("choose", event=booked.id, **typed)
    assert (page.status, choice(anna.has(booked.id))) == (422, None)
    assert "Välj något i listan." in page.part(f"b-{booked.id}")


@pytest.fixture
def series(anna: Player) -> list[Event]:
    return anna.world.book_series(anna.person.id, "Veckomöte", at(12), at(13), every_days=1, count=3)


def test_deleting_an_occurrence_leaves_the_rest_of_the_series(anna: Player, series: list[Event]) -> None:
    anna.press("delete", event=series[2].id)
    assert anna.get().events() == [series[1].id, series[3].id]


def test_a_whole_series_is_deleted_from_any_of_its_occurrences(anna: Player, series: list[Event]) -> None:
    anna.press("delete-series", event=series[2].id)
    assert anna.world.calendar(anna.person.id) == []


def test_a_whole_series_is_moved(anna: Player, series: list[Event]) -> None:
    anna.press("move-series", event=series[1].id, shift="-30")
    assert [anna.has(each.id).starts_at for each in series[1:]] == [at(11, 30, day) for day in (24, 25, 26)]


def test_an_all_day_series_moves_only_by_whole_days(anna: Player) -> None:
    series = anna.world.book_series(
        anna.person.id, "Mässa", at(0, day=25), at(0, day=26), every_days=1, count=2, all_day=True
    )
    assert anna.press("move-series", event=series[1].id, shift="30").status == 422
    anna.press("move-series", event=series[1].id, shift="1440")
    assert [anna.has(each.id).starts_at for each in series[1:]] == [at(0, day=26), at(0, day=27)]


def test_the_choice_for_a_series_is_kept_on_its_master_and_the_occurrence_wins(
    anna: Player, series: list[Event]
) -> None:
    master, first, second, _ = series
    anna.press("choose", event=first.id, choice="course", forwarding="none", series="on")
    anna.press("choose", event=second.id, choice="lunch", forwarding="none")
    page = anna.get()
    assert (choice(anna.has(first.id)), choice(anna.has(master.id)) is None) == (None, False)
    assert "Val: Kurs, ingen vidarekoppling" in page.part(f"b-{first.id}")
    assert "Val: Lunch, ingen vidarekoppling" in page.part(f"b-{second.id}")


def test_somebody_elses_booking_cannot_be_touched_from_this_page(anna: Player) -> None:
    bo = enrol(anna.world, "Bo Ek", 100002)
    event = anna.world.book(bo.id, "Möte", at(12), at(13))
    page = anna.press("delete", event=event.id)
    assert "done=gone" in page.answer.location
    assert anna.has(event.id) == event


@pytest.mark.parametrize("do", ["", "format-disk"])
def test_an_unknown_button_does_nothing_and_says_so(anna: Player, do: str) -> None:
    page = anna.press(do)
    assert (page.status, page.part("errors")) == (
        422,
        "Det gick inte att boka Använd en av knapparna på sidan.",
    )
