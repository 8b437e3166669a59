"""What the values promise by themselves."""

from dataclasses import replace
from typing import Any

import pytest

from calendarsync.core.booking import CallForwarding, Skip

from .samples import LUNCH, absence, at, booking

TOLD = replace(absence("a", "10:00", "11:00"), title="Budget")


@pytest.mark.parametrize("choice", [LUNCH, Skip.BY_USER])
def test_a_private_booking_holds_neither_subject_nor_choice(choice: Any) -> None:
    made = booking("a", "10:00", "11:00", private=True, subject="Budget", choice=choice)
    assert (made.subject, made.choice) == (None, None)


def test_making_a_booking_private_takes_subject_and_choice_away() -> None:
    made = replace(booking("a", "10:00", "11:00", subject="Budget", choice=LUNCH), private=True)
    assert made == booking("a", "10:00", "11:00", private=True)


@pytest.mark.parametrize(
    ("fields", "same"),
    [
        pytest.param({}, True, id="nothing"),
        pytest.param({"starts_at": at("09:59")}, False, id="start"),
        pytest.param({"ends_at": at("11:01")}, False, id="end"),
        pytest.param({"all_day": True}, False, id="all-day"),
        pytest.param({"reason": "lunch"}, False, id="reason"),
        pytest.param({"forwarding": CallForwarding.ANNOUNCEMENT}, False, id="forwarding"),
        pytest.param({"priority": 5}, False, id="priority"),
        pytest.param({"title": None}, False, id="title"),
        pytest.param({"title": "null"}, False, id="another title"),
        pytest.param({"returns_at": at("12:00")}, False, id="return time"),
        pytest.param({"item_id": "b", "series_id": "s", "key": "k"}, True, id="what One X is not told"),
    ],
)
def test_the_payload_hash_changes_with_what_one_x_is_told(fields: dict[str, Any], same: bool) -> None:
    assert (replace(TOLD, **fields).payload_hash == TOLD.payload_hash) is same
