"""A user's day as Outlook has it now and One X has confirmed it: every booking, why, and nothing of what is private."""

import json
import logging
import re
from datetime import date

import pytest

from calendarsync.models import SyncedBooking
from calendarsync.portal import daylines

from ..pages.strict import assert_strict
from .factories import A, D, at, everything_kept
from .userpage import CANARY, bars, english, look, page, table


@pytest.fixture
def anna(office, signed_in):
    return english(signed_in("anna"))


# The day


def test_every_booking_of_the_day_is_there_with_what_became_of_it_and_why(office, anna):
    office.book("09:00", "10:30")
    office.book("10:00", "11:00", "tentative", subject="Kanske")
    office.world.set_choice(
        office.book("13:00", "14:00", "free", subject="Lunch").id, "lunch", "announcement"
    )
    office.book("15:00", "16:00", "oof", subject="Tandläkare")
    office.sync()
    assert table(look(office, anna)) == [
        [
            "1",
            "09:00–10:30",
            "Busy Budget",
            "Diversion: Meeting Back 10:30",
            "The rule for Busy. Show the rule",
        ],
        [
            "2",
            "10:00–11:00",
            "Tentative Kanske",
            "Not synced",
            "The rule for Tentative says that One X is not to be updated. Show the rule",
        ],
        [
            "3",
            "13:00–14:00",
            "Free Lunch",
            "Diversion: Lunch Back 14:00",
            "The user's own choice for the booking.",
        ],
        ["4", "15:00–16:00", "Away Tandläkare", "Absence: Away", "The rule for Away. Show the rule"],
    ]


def test_the_picture_has_the_numbers_of_the_table_and_says_the_day_in_words(office, anna):
    office.book("09:00", "10:30")
    office.book("15:00", "16:00", "oof")
    office.sync()
    answer = look(office, anna)
    html = answer.content.decode()
    assert [bar.number for bar in answer.context["shown"].picture.bookings] == ["1", "2"]
    assert bars(answer) == [("1", "diversion"), ("2", "absence")]
    assert "Booking 1: 09:00–10:30 Busy. One X: Diversion: Meeting." in re.search(r"<desc.*?</desc>", html)[0]
    assert 'aria-labelledby="tlt tld"' in html


def test_the_page_keeps_what_every_page_promises(office, anna):
    office.book("09:00", "10:30")
    office.book("10:00", "11:00", "tentative", subject="<b>")
    assert_strict(look(office, anna))


def test_titles_are_shown_only_where_the_setting_says_so(opened, signed_in):
    office = opened(*D)
    office.book("09:00", "10:30", subject=CANARY)
    office.sync()
    client = english(signed_in("anna"))
    assert CANARY not in look(office, client).content.decode()
    assert table(look(office, client))[0][2] == "Busy"
    office.set(all_private=False)
    assert table(look(office, client))[0][2] == f"Busy {CANARY}"


def test_titles_are_text_whatever_is_in_them(office, anna):
    for subject in ("<script>alert(1)</script>", "\u202eesrever\u200f", "N" * 255, "a\x01b"):
        office.book("09:00", "10:00", subject=subject)
    office.book("09:00", "10:00", subject="")
    html = look(office, anna).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert '<bdi class="under">\u202eesrever\u200f</bdi>' in html
    assert '<bdi class="under">ab</bdi>' in html
    assert '<bdi class="under">Booking</bdi>' in html


def test_a_title_is_one_line_of_what_utf_8_can_carry():
    assert daylines.title(" a\ud800b\x00\n\tc  d ") == "ab c d"
    assert (daylines.title(None), daylines.title("\n")) == ("", "")


@pytest.mark.parametrize(
    ("arrange", "why"),
    [
        (lambda office: office.book("09:00", "10:00", response="declined"), "The user has declined."),
        (lambda office: office.book("09:00", "10:00", cancelled=True), "The meeting is cancelled."),
        (lambda office: office.book("09:00", "09:00"), "The booking has no length."),
        (
            lambda office: office.world.set_choice(office.book("09:00", "10:00").id, skip=True),
            "The user chose not to synchronise the booking.",
        ),
    ],
    ids=["declined", "cancelled", "empty", "skipped"],
)
def test_what_is_not_synchronised_says_why(office, anna, arrange, why):
    arrange(office)
    office.sync()
    assert table(look(office, anna))[0][3:] == ["Not synced", why]


def test_a_choice_that_does_not_count_says_so(opened, signed_in):
    office = opened(*D, "--plugin", "--titles")
    office.world.set_choice(office.book("09:00", "10:00").id, "lunch", "none")
    office.set(may_change_defaults=False)
    office.user().own_rules.create(show_as="oof", update=True, reason="lunch", forwarding="none")
    office.book("11:00", "12:00", "oof")
    office.sync()
    told = [row[4] for row in table(look(office, english(signed_in("anna"))))]
    assert told == [
        "The user's own choice for the booking.",
        "The rule for Away. Show the rule The user has a rule of their own, but may not change the defaults.",
    ]


def test_without_the_diversion_service_it_is_an_absence_and_says_so(office, anna):
    office.book("09:00", "10:00", who="bertil")
    office.sync()
    row = table(look(office, anna, "bertil"))[0]
    assert row[3] == "Absence: Meeting"
    assert row[4].endswith("It becomes an absence without diversion.")


def test_of_two_at_once_it_is_said_which_goes_before(opened, signed_in):
    office = opened(*A)
    office.book("08:00", "17:00", "oof")
    office.book("10:00", "11:00", "busy")
    office.world.set_choice(office.book("12:00", "13:00").id, "lunch", "none")
    office.set(plugin_enabled=True)
    office.sync()
    answer = look(office, english(signed_in("anna")))
    goes_before = "lasts at the same time and goes before."
    assert [re.findall(rf"Booking (\d) {goes_before}", row[4]) for row in table(answer)] == [["3"], ["1"], []]
    assert [number for number, _ in bars(answer)] == ["1", "3", "1"]


def test_the_lane_agrees_with_what_one_x_shows_from_hour_to_hour(opened, signed_in):
    office = opened(*A, "--plugin", "--titles")
    office.book("08:00", "17:00", "oof")
    office.world.set_choice(office.book("10:00", "11:00").id, "lunch", "none")
    office.book("16:00", "18:30")
    office.sync()
    shown = look(office, signed_in("anna")).context["shown"]
    stretches = shown.speech.onex(at("00:00"), at("00:00", 1))
    for hour in range(7, 20):
        moment = at(f"{hour:02}:30")
        ours = [each.number for each in stretches if each.starts_at <= moment < each.ends_at]
        reasons = [shown.known.standings[number - 1].absence.reason for number in ours]
        assert (reasons or ["-"]) == [office.heard(f"{hour:02}:30").split(",")[0]]


# What One X has not confirmed


def test_what_has_not_been_read_waits_and_the_picture_claims_nothing(office, anna):
    office.book("09:00", "10:00")
    answer = look(office, anna)
    assert table(answer)[0][3] == "Waiting Diversion: Meeting Back 10:00"
    assert table(answer)[0][4].endswith("What stands in Outlook has not been read yet.")
    assert bars(answer) == [("1", "wait diversion")]


def test_a_change_that_has_not_been_read_is_not_shown_as_confirmed(office, anna, meeting):
    assert bars(look(office, anna)) == [("1", "diversion")]
    office.world.change(meeting.id, ends_at=at("12:00"))
    assert bars(look(office, anna)) == [("1", "wait diversion")]


def test_what_one_x_did_not_take_waits_with_its_attempts(office, anna):
    office.world.faults.add("onex", "absences:apply", times=None, status=503)
    office.book("09:00", "10:00")
    office.sync()
    SyncedBooking.objects.update(next_attempt_at=at("07:04"))
    row = table(look(office, anna))[0]
    assert row[3].startswith("Waiting")
    assert row[4] == "The rule for Busy. Show the rule Waiting for One X. Attempt 2 is made at 07:04."
    SyncedBooking.objects.update(next_attempt_at=at("06:58"))
    assert table(look(office, anna))[0][4].endswith("Waiting for One X since 06:58.")


def test_what_one_x_refuses_is_shown_as_refused_with_what_to_do(office, anna):
    del office.world.pbx.reasons["meeting"]
    office.book("09:00", "10:00")
    office.sync()
    answer = look(office, anna)
    assert table(answer)[0][3].startswith("Refused by One X")
    assert table(answer)[0][4].endswith(
        "One X answered: One X does not have the absence reason. Choose another reason in the rules."
    )
    assert bars(answer) == [("1", "refused")]


def test_where_one_is_refused_the_lane_shows_the_other(opened, signed_in):
    office = opened("--rule", "busy=lunch:announcement", "--rule", "oof=away")
    del office.world.pbx.reasons["lunch"]
    office.book("08:00", "12:00", "oof")
    office.book("09:00", "10:00")
    office.book("13:00", "14:00")
    office.sync()
    assert bars(look(office, signed_in("anna"))) == [("1", "absence"), ("3", "refused")]


def test_what_one_x_is_to_clear_is_only_counted(office, anna, meeting):
    office.world.faults.add("onex", "absences:apply", times=None, status=503)
    office.world.delete(meeting.id)
    office.sync()
    answer = look(office, anna)
    assert (table(answer), bars(answer)) == ([], [])
    assert "No bookings this day." in page(answer)
    assert "1 absence is being taken back from One X." in page(answer)
    office.world.faults.clear()
    SyncedBooking.objects.update(next_attempt_at=at("06:00"))
    type(office.user()).objects.update(due_at=at("06:00"))
    office.sync()
    assert "taken back" not in page(look(office, anna))


def test_what_is_over_is_what_it_was(office, signed_in):
    office.book("08:00", "09:00")
    office.book("08:10", "09:00", "tentative")
    office.sync()
    office.book("08:30", "09:00")  # nobody reads it in time
    office.move_to(at("10:00"))
    answer = look(office, english(signed_in("anna")))
    assert [row[3] for row in table(answer)] == ["Diversion: Meeting Back 09:00", "Not synced", "Not synced"]
    assert "The booking is over." not in table(answer)[0][4]
    assert table(answer)[2][4] == "The rule for Busy. Show the rule The booking is over."


def test_a_return_time_beyond_what_was_read_is_one_xs_to_know(office, anna):
    for day in range(1, 8):
        office.book_days(*(date(2027, 5, 12 + day), date(2027, 5, 13 + day)), "busy")
    office.sync()
    answer = look(office, anna, dag="2027-05-13")
    assert [standing.state for standing in answer.context["shown"].known.standings] == ["confirmed"]


def test_a_user_or_an_instance_that_is_off_says_so(office, anna):
    office.book("09:00", "10:00")
    office.set(active=False)
    answer = look(office, anna)
    assert [row[3:] for row in table(answer)] == [["Not synced", "The provider is not active."]]
    assert bars(answer) == []
    office.set(active=True)
    type(office.user()).objects.filter(extension="anna").update(active=False)
    assert table(look(office, anna))[0][3:] == ["Not synced", "The user is not active."]


# Private bookings


def private_day(office, start="09:07", end="09:41", **fields):
    return office.book(start, end, sensitivity="private", subject=CANARY, body=CANARY, **fields)


def same(html):
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", html)


def test_of_a_private_booking_nothing_is_told_but_how_many(office, anna, run, caplog):
    caplog.set_level(logging.DEBUG)
    office.book("08:00", "10:00")
    office.book("15:00", "16:00")
    private_day(office)
    office.sync()
    answer = look(office, anna, kl="09:20")
    html = answer.content.decode()
    assert "1 private booking is not shown." in page(answer)
    assert [row[0] for row in table(answer)] == ["1", "2"]
    told = html + caplog.text + repr(answer.context["shown"])
    for command in ((), ("--json",), ("--json", "--at", "09:20")):
        _, out, err = run("explain", "anna@contoso.test", *command)
        told += out + err
    shown = [word for word in (CANARY, "09:07", "09:41", "07:07", "07:41") if word in told]
    assert (shown, CANARY in everything_kept()) == ([], False)
    assert json.loads(run("explain", "anna@contoso.test", "--json")[1])["private"] == 1


@pytest.mark.parametrize(
    ("start", "end"), [("00:10", "00:20"), ("09:00", "17:00"), ("23:00", "23:59"), ("06:00", "07:30")]
)
def test_the_page_is_the_same_wherever_in_the_day_a_private_booking_is(office, anna, start, end):
    office.book("08:00", "10:00")
    office.sync()
    event = private_day(office)
    before = same(look(office, anna, kl="09:20").content.decode())
    office.world.change(event.id, starts_at=at(start), ends_at=at(end))
    assert same(look(office, anna, kl="09:20").content.decode()) == before


@pytest.mark.parametrize("clock", ["09:00", "10:30", "15:00"])
def test_what_became_private_is_gone_from_the_page_before_it_is_gone_from_one_x(office, anna, clock):
    event = office.book("10:07", "11:41")
    office.sync()
    assert len(bars(look(office, anna))) == 1
    office.world.faults.add("onex", "absences:apply", times=None, status=503)
    office.world.change(event.id, sensitivity="private")
    for _ in range(2):  # before it is read, and after, while One X is away
        answer = look(office, anna, kl=clock)
        assert (table(answer), bars(answer)) == ([], [])
        assert [word for word in ("10:07", "11:41") if word in answer.content.decode()] == []
        assert "The call arrives. One X shows no absence." in page(answer)
        assert "One X has not confirmed all of the day yet." in page(answer)
        office.sync()
