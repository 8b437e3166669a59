"""What is too much to be believed at once."""

import pytest

from calendarsync.core.brake import emptied, too_many


@pytest.mark.parametrize(
    ("coming", "withdrawn", "expected"),
    [
        pytest.param(0, 0, False, id="nothing was there"),
        pytest.param(4, 4, False, id="all of four"),
        pytest.param(5, 5, True, id="all of five"),
        pytest.param(5, 4, False, id="80 % of five"),
        pytest.param(10, 8, False, id="80 % of ten"),
        pytest.param(10, 9, True, id="more than 80 % of ten"),
        pytest.param(40, 40, True, id="C55 all of forty"),
        pytest.param(1000, 801, True, id="just over"),
    ],
)
def test_more_than_80_percent_of_five_or_more_is_a_person_emptied(
    coming: int, withdrawn: int, expected: bool
) -> None:
    assert emptied(coming, withdrawn) is expected


@pytest.mark.parametrize(
    ("emptied_users", "users", "expected"),
    [
        pytest.param(0, 0, False, id="nobody"),
        pytest.param(9, 9, False, id="all of nine"),
        pytest.param(10, 10, True, id="all of ten"),
        pytest.param(10, 50, False, id="20 % of fifty"),
        pytest.param(11, 50, True, id="more than 20 % of fifty"),
        pytest.param(10, 49, True, id="ten, just over 20 %"),
        pytest.param(200, 1000, False, id="20 % of a thousand"),
        pytest.param(201, 1000, True, id="C55 just over"),
    ],
)
def test_more_than_20_percent_and_ten_or_more_stop_the_provider(
    emptied_users: int, users: int, expected: bool
) -> None:
    assert too_many(emptied_users, users) is expected
