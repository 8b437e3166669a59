"""Corner cases of One X: an entry refused, an answer lost, a hand on an entry."""

from typing import Any

import pytest

from calendarsync.models import SyncedBooking, SyncedUser

from .factories import Office, at

MEETING = "10:00–11:00 meeting, back 11:00"


def test_c56_a_refused_entry_stops_no_other_and_is_not_sent_again_until_it_changes(office: Office) -> None:
    office.book("10:00", "11:00", "oof")
    refused = office.world.pbx.reasons.pop("meeting")
    meeting = office.book("13:00", "14:00")
    office.sync()
    assert office.held() == ["10:00–11:00 away"]
    row = SyncedBooking.objects.get(blocked=True)
    assert (row.trouble, office.user().last_synced_at is None) == ("unknown_reason", False)
    before = office.asked("absences:apply")
    assert before > 0
    office.world.pbx.reasons["meeting"] = refused
    office.sync("09:00")
    assert office.asked("absences:apply") == 0
    office.world.change(meeting.id, ends_at=at("15:00"))
    office.sync()
    assert office.held() == ["10:00–11:00 away", "13:00–15:00 meeting, back 15:00"]
    assert SyncedBooking.objects.filter(blocked=True).count() == 0


def test_c56_without_the_diversion_service_a_diversion_is_information_only(office: Office) -> None:
    office.book("10:00", "11:00", who="bertil")
    office.sync()
    assert (office.held("bertil"), office.heard("10:30", who="bertil")) == (
        ["10:00–11:00 meeting"],
        "meeting",
    )


def test_c56_a_diversion_service_that_is_gone_is_noticed_by_the_refusal(office: Office) -> None:
    office.world.pbx.extensions["anna"].services.clear()
    office.book("10:00", "11:00")
    office.sync()
    assert (office.held(), office.user().diversion) == (["10:00–11:00 meeting"], False)
    assert SyncedBooking.objects.filter(blocked=True).count() == 0


def test_c56_a_very_long_title_is_cut(office: Office) -> None:
    office.book("10:00", "11:00", subject="å" * 300)
    office.sync()
    assert office.titles() == ["å" * 254 + "…"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"after_applying": True}, id="500 after it was done"),
        pytest.param({"after_applying": True, "reset": True}, id="no answer after it was done"),
        pytest.param({"after_applying": True, "garbage": True}, id="half an answer after it was done"),
        pytest.param({"reset": True}, id="no answer"),
        pytest.param({"status": 429, "retry_after": 60}, id="429"),
        pytest.param({"status": 503}, id="503"),
    ],
)
def test_c57_what_one_x_did_not_confirm_is_sent_again_under_the_same_key_and_version(
    office: Office, fault: dict[str, Any]
) -> None:
    office.world.faults.add("onex", "absences:apply", **fault)
    event = office.book("10:00", "11:00")
    synced_at = office.user().last_synced_at
    office.sync("07:01")
    assert (SyncedBooking.objects.pending().count(), office.user().last_synced_at) == (1, synced_at)
    asked = office.asked("calendarView")
    assert asked > 0
    office.sync("07:20")
    assert (SyncedBooking.objects.pending().count(), office.asked("calendarView")) == (0, 0)
    log = {(each.change.key, each.change.version) for each in office.world.pbx.log}
    assert (len(log), office.held()) == (1, [MEETING])
    assert office.user().last_synced_at == at("07:20")
    office.world.delete(event.id)
    office.sync()
    assert office.held() == []


def test_c57_numbers_behind_those_of_one_x_go_on_above_them(office: Office, meeting: Any) -> None:
    SyncedBooking.objects.update(version=1, delivered_version=0, attempted_version=0)
    held = office.world.pbx.held("contoso", "anna")[0]
    key = held.change.key
    office.world.pbx.apply("contoso", [{"op": "clear", "key": key, "extension": "anna", "version": 7}])
    SyncedUser.objects.wish()
    office.sync()
    assert office.held() == [MEETING]
    assert office.world.pbx.held("contoso", "anna")[0].version == 8


def test_c59_what_the_telephonist_did_by_hand_stands_until_the_booking_changes(
    office: Office, meeting: Any
) -> None:
    key = office.world.pbx.held("contoso", "anna")[0].change.key
    office.world.pbx.remove_by_hand(key)
    office.sync("08:00")
    office.sync("10:00")
    assert (office.told(), office.heard("10:30")) == ([], "-")
    office.world.change(meeting.id, ends_at=at("11:30"))
    office.sync()
    assert office.heard("10:30") == "meeting, back 11:30"


def test_c59_an_entry_changed_by_hand_is_not_changed_back(office: Office, meeting: Any) -> None:
    key = office.world.pbx.held("contoso", "anna")[0].change.key
    office.world.pbx.change_by_hand(key, reason="lunch")
    office.sync("10:00")
    assert (office.told(), office.heard("10:30")) == ([], "lunch, back 11:00")
