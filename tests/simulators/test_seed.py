"""The seeded world is believable, and the same each time."""

import re
from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from mss.simulators.diary import PRIVATE
from mss.simulators.records import Event
from mss.simulators.seed import contoso
from mss.simulators.telenor_id.people import administers
from mss.simulators.world import World

from .conftest import NOW

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.fixture(scope="module")
def world() -> World:
    return contoso(NOW)


@pytest.fixture(scope="module")
def shown(world: World) -> list[Event]:
    return [each for each in world.events.values() if each.kind != "seriesMaster"]


def people(world: World, domain: str) -> list[str]:
    tenant = world.tenant(domain)
    return [each.email for each in world.people.values() if tenant and each.tenant_id == tenant.id]


def test_the_same_moment_gives_the_same_world(world: World) -> None:
    again = contoso(NOW)
    assert (again.people, again.events, again.pbx.extensions) == (
        world.people,
        world.events,
        world.pbx.extensions,
    )


def test_another_seed_gives_another_one(world: World) -> None:
    assert contoso(NOW, seed=8).events.keys() & world.events.keys() == set()


def test_contoso_has_forty_people_and_fabrikam_six(world: World) -> None:
    assert (len(people(world, "contoso.test")), len(people(world, "fabrikam.test"))) == (40, 6)


def test_more_people_can_be_asked_for() -> None:
    assert len(people(contoso(NOW, users=120), "contoso.test")) == 120


def test_what_people_lack(world: World) -> None:
    extensions = [each for each in world.pbx.extensions.values() if each.customer_id == "contoso"]
    lacking = {
        "diversion": sum("diversion" not in each.services for each in extensions),
        "mailbox": sum(not each.mailbox for each in world.people.values()),
        "e-mail": sum(each.email is None for each in extensions),
    }
    assert lacking == {"diversion": 8, "mailbox": 3, "e-mail": 1}


def test_each_extension_has_a_number_of_its_own_that_can_be_dialled(world: World) -> None:
    numbers = [each.number for each in world.pbx.extensions.values()]
    valid = [each for each in numbers if phonenumbers.is_valid_number(phonenumbers.parse(each))]
    assert (len(set(numbers)), len(valid), {each[:5] for each in numbers}) == (46, 46, {"+4610"})


@pytest.mark.parametrize("mark", ["'", r"\+", "[A-Z]", "[åäö]"])
def test_some_address_has_what_bites(world: World, mark: str) -> None:
    assert any(re.search(mark, each) for each in people(world, "contoso.test"))


def test_some_are_known_to_one_x_by_an_alias(world: World) -> None:
    emails = {each.email for each in world.people.values()}
    strangers = [
        each.email for each in world.pbx.extensions.values() if each.email and each.email not in emails
    ]
    assert [world.person(each).name for each in strangers] == ["Fredrik Hägg", "Ulrika Sandström"]


def test_some_six_hundred_bookings_lie_within_five_weeks(shown: list[Event]) -> None:
    # Weekends are not worked, so the last ones may come a little after the three weeks.
    assert 570 <= len(shown) <= 630
    assert min(each.starts_at for each in shown) >= NOW - timedelta(days=15)
    assert max(each.ends_at for each in shown) <= NOW + timedelta(days=25)


def test_most_of_them_are_in_working_hours(shown: list[Event]) -> None:
    timed = [each.starts_at.astimezone(STOCKHOLM) for each in shown if not each.all_day]
    odd = [each for each in timed if each.weekday() > 4 or not 8 <= each.hour < 18]
    assert len(odd) == 2


def test_every_kind_is_there(shown: list[Event]) -> None:
    length = {"whole day": 0, "over midnight": 0, "empty": 0, "long subject": 0}
    for each in shown:
        length["whole day"] += each.all_day
        length["over midnight"] += not each.all_day and each.starts_at.date() != each.ends_at.date()
        length["empty"] += each.starts_at == each.ends_at
        length["long subject"] += len(each.subject) > 255
    found = [Counter(getattr(each, name) for each in shown) for name in ("kind", "show_as", "sensitivity")]
    assert [set(each) for each in found] == [
        {"singleInstance", "occurrence", "exception"},
        {"busy", "free", "tentative", "oof", "workingElsewhere", "unknown"},
        {"normal", "private", "confidential", "personal"},
    ]
    assert all(length.values())


def test_some_are_cancelled_declined_chosen_or_in_other_zones(shown: list[Event]) -> None:
    assert any(each.cancelled for each in shown)
    assert any(each.response == "declined" for each in shown)
    assert sum(each.choice is not None for each in shown) == 4
    assert {"Eastern Standard Time", "Tokyo Standard Time", "tzone://Microsoft/Custom"} <= {
        each.zone for each in shown
    }
    assert any("🎉" in each.subject for each in shown)


def test_some_meet_and_some_overlap(shown: list[Event]) -> None:
    timed = [each for each in shown if not each.all_day]
    pairs = [(a, b) for a in timed for b in timed if a.person_id == b.person_id and a is not b]
    assert any(a.ends_at == b.starts_at for a, b in pairs)
    assert any(a.starts_at < b.starts_at and b.ends_at < a.ends_at for a, b in pairs)
    assert any((a.starts_at, a.ends_at) == (b.starts_at, b.ends_at) for a, b in pairs)


def test_each_carries_what_must_never_be_read(world: World) -> None:
    assert all(
        "KANARIE-BODY" in each.body and "KANARIE-PLATS" in each.location for each in world.events.values()
    )


def test_a_private_subject_is_nobody_elses(world: World) -> None:
    subjects = {
        each.subject: {
            other.sensitivity != "normal" for other in world.events.values() if other.subject == each.subject
        }
        for each in world.events.values()
        if each.subject in PRIVATE or each.sensitivity != "normal"
    }
    assert subjects == {each: {True} for each in PRIVATE}


def test_one_person_administers_both_companies(world: World) -> None:
    rights = {each.telenor_id: administers(each) for each in world.pbx.persons.values()}
    assert {ident: customers for ident, customers in rights.items() if customers} == {
        "karin-nystrom": ["contoso", "fabrikam"],
        "anna-berg": ["contoso"],
        "agneta-stromberg": ["fabrikam"],
    }


def test_everybody_with_a_subscription_has_a_telenor_id(world: World) -> None:
    theirs = [each.extension_id for person in world.pbx.persons.values() for each in person.memberships]
    assert {each for each in theirs if each} == world.pbx.extensions.keys()


def test_administrators_keep_their_own_extension(world: World) -> None:
    rights = {each.customer_id: each.extension_id for each in world.pbx.persons["karin-nystrom"].memberships}
    assert rights == {"contoso": world.person("karin.nystrom@contoso.test").extension_id, "fabrikam": None}


def test_somebody_has_a_telenor_id_and_no_subscription(world: World) -> None:
    (stranger,) = world.telenor_id.others.values()
    assert (stranger.telenor_id, stranger.memberships) == ("sixten-halvarsson", [])
    assert stranger.telenor_id not in world.pbx.persons


def test_a_small_world_has_its_administrators_too() -> None:
    assert {"karin-nystrom", "anna-berg", "agneta-stromberg"} <= contoso(NOW, users=3).pbx.persons.keys()
