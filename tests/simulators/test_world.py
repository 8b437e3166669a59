"""The simulated calendars keep what a calendar keeps, and a file keeps all of it."""

import json
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mss.simulators.keeper import Keeper
from mss.simulators.world import World

from .conftest import NOW, Clock, Faces
from .test_onex import put

STOCKHOLM = ZoneInfo("Europe/Stockholm")
HOUR = timedelta(hours=1)


def test_a_series_keeps_its_local_time_when_clocks_change(faces: Faces) -> None:
    start = datetime(2027, 3, 24, 9, tzinfo=STOCKHOLM)
    _, *series = faces.world.book_series(faces.anna.id, "Serie", start, start + HOUR, 7, 2)
    assert [each.starts_at.isoformat() for each in series] == [
        "2027-03-24T08:00:00+00:00",
        "2027-03-31T07:00:00+00:00",
    ]


@pytest.mark.parametrize(
    ("zone", "span"),
    [
        ("W. Europe Standard Time", ("2027-03-27T23:00:00+00:00", "2027-03-28T22:00:00+00:00")),
        ("Asia/Tokyo", ("2027-03-27T15:00:00+00:00", "2027-03-28T15:00:00+00:00")),
        ("tzone://Microsoft/Custom", ("2027-03-27T23:00:00+00:00", "2027-03-28T22:00:00+00:00")),
    ],
)
def test_a_whole_day_is_dates_and_lasts_from_midnight_to_midnight_in_its_zone(
    faces: Faces, zone: str, span: tuple[str, str]
) -> None:
    days = date(2027, 3, 28), date(2027, 3, 29)
    event = faces.world.book(faces.anna.id, "Ledig", *days, all_day=True, zone=zone)
    assert tuple(each.isoformat() for each in event.span) == span
    assert (event.starts_at, event.ends_at) == (
        datetime(2027, 3, 28, tzinfo=UTC),
        datetime(2027, 3, 29, tzinfo=UTC),
    )


def test_a_moment_given_for_a_whole_day_counts_by_its_own_date(faces: Faces) -> None:
    midnight = datetime(2026, 11, 25, tzinfo=STOCKHOLM)
    event = faces.world.book(faces.anna.id, "Ledig", midnight, midnight + timedelta(days=1), all_day=True)
    assert event.starts_at == datetime(2026, 11, 25, tzinfo=UTC)


def test_a_changed_occurrence_becomes_an_exception_and_stays_in_its_series(faces: Faces) -> None:
    master, first, second, _ = faces.world.book_series(faces.anna.id, "Serie", NOW, NOW + HOUR, 1, 3)
    faces.world.change(first.id, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR)
    faces.world.delete(second.id)
    faces.world.change_series(master.id, shift=HOUR / 2, show_as="oof")
    shown = faces.world.events_of(faces.anna.id, NOW, NOW + timedelta(days=9))
    assert [(each.kind, each.starts_at - NOW, each.show_as) for each in shown] == [
        ("exception", 1.5 * HOUR, "oof"),
        ("occurrence", timedelta(days=2) + HOUR / 2, "oof"),
    ]


@pytest.mark.parametrize("way", ["delete", "delete_series"])
def test_a_series_is_deleted_whole(faces: Faces, way: str) -> None:
    master, *_ = faces.world.book_series(faces.anna.id, "Serie", NOW, NOW + HOUR, 1, 3)
    getattr(faces.world, way)(master.id)
    assert (faces.world.events, faces.world.calendar(faces.anna.id)) == ({}, [])


def test_a_choice_is_text_within_text_and_can_be_taken_back(faces: Faces) -> None:
    event = faces.world.set_choice(faces.book().id, skip=True)
    assert event.choice
    assert json.loads(json.loads(event.choice)["choice"]) == {
        "v": 1,
        "owner": "anna.berg@contoso.test",
        "skip": True,
    }
    assert faces.world.clear_choice(event.id).choice is None


@pytest.mark.parametrize("name", ["anna.berg@contoso.test", "Anna.Berg@Contoso.test", "anna@contoso.test"])
def test_a_person_is_found_by_each_address(faces: Faces, name: str) -> None:
    assert faces.world.person(name) is faces.world.person(faces.anna.id) is faces.anna


def test_nobody_has_an_unknown_address(faces: Faces) -> None:
    with pytest.raises(KeyError):
        faces.world.person("nobody@contoso.test")


def test_a_file_keeps_everything_but_the_clock(faces: Faces, tmp_path: Path, clock: Clock) -> None:
    faces.book()
    faces.world.pbx.apply("contoso", [put()])
    faces.world.faults.add("graph", status=500)
    faces.world.save(tmp_path / "world")
    kept = World.load(tmp_path / "world", clock)
    assert (kept.events, kept.people, kept.tenants) == (
        faces.world.events,
        faces.world.people,
        faces.world.tenants,
    )
    assert (kept.pbx.held("contoso"), len(kept.faults), kept.now()) == (
        faces.world.pbx.held("contoso"),
        1,
        NOW,
    )
    assert kept.book(faces.anna.id, "Nytt", NOW, NOW + HOUR).id not in faces.world.events
    assert [path.name for path in tmp_path.iterdir()] == ["world"]


def test_a_keeper_saves_within_a_second_of_a_change(faces: Faces, tmp_path: Path) -> None:
    keeper = Keeper(faces.world, tmp_path / "world")
    event = faces.book()
    threading.Event().wait(0.9)
    assert list(World.load(tmp_path / "world").events) == [event.id]
    faces.world.delete(event.id)
    keeper.stop()
    assert World.load(tmp_path / "world").events == {}


def test_many_may_change_a_calendar_at_once(faces: Faces) -> None:
    def work() -> None:
        for hours in range(50):
            event = faces.book(hours)
            faces.world.events_of(faces.anna.id, NOW, NOW + timedelta(days=9))
            if hours % 2:
                faces.world.delete(event.id)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(faces.world.events) == len(faces.world.calendar(faces.anna.id)) == 200
