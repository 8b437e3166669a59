"""One user's page: who it is, which day is shown and how it is read, and what a caller hears."""

from datetime import date, datetime, timedelta

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from calendarsync import connect
from calendarsync.core.booking import CallForwarding
from calendarsync.models import SyncedBooking

from .factories import WEDNESDAY, add_provider, at, everything_kept, rows_of_all_tables
from .userpage import CANARY, bars, english, look, page, table, url


@pytest.fixture
def anna(office, signed_in):
    return english(signed_in("anna"))


# Who


def test_the_page_says_who_it_is_and_how_it_goes(office, anna):
    answer = look(office, anna)
    told = page(answer)
    assert answer.status_code == 200
    assert "<h1>Anna Berg</h1>" in answer.content.decode()
    assert "anna@contoso.test" in told
    assert "+46101000001" in told
    assert "Diversion service Yes" in told
    assert "Latest update 2027-05-12 07:00" in told
    assert 'class="badge ok"' in answer.content.decode()


def test_trouble_is_told_with_what_mends_it(office, anna):
    office.user().__class__.objects.filter(extension="anna").update(
        trouble="mailbox_not_found", trouble_since=at("06:00")
    )
    assert "No mailbox has this address. Check the address." in page(look(office, anna))


def test_who_has_no_diversion_service_is_said_to_have_none(office, anna):
    assert "Diversion service No" in page(look(office, anna, "bertil"))


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "delete"])
def test_another_companys_user_is_not_found(office, signed_in, method):
    assert getattr(signed_in("filip"), method)(url(office)).status_code in (404, 405)
    assert signed_in("filip").get(url(office)).status_code == 404


def test_a_user_of_another_instance_is_not_found(office, anna, tmp_path):
    other = add_provider(office.world, tmp_path, name="Exchange 2")
    assert anna.get(reverse("calendarsync:user-detail", args=[other.pk, office.user().pk])).status_code == 404


def test_nobody_signed_in_is_sent_to_sign_in(office, client):
    assert client.get(url(office)).status_code == 302


# Which day


def test_the_days_around_are_links(office, anna):
    html = look(office, anna, dag="2027-05-31").content.decode()
    assert "Monday 31 May 2027" in html
    assert 'href="?dag=2027-05-30"' in html
    assert 'href="?dag=2027-06-01"' in html
    assert f'href="{url(office)}">Today' in html


@pytest.mark.parametrize(
    "dag", ["yesterday", "2027-13-01", "0001-01-01", "9999-12-31", "2027-05-12x", "\x00"]
)
def test_a_date_that_cannot_be_read_is_today_and_says_so(office, anna, dag):
    answer = look(office, anna, dag=dag)
    assert answer.context["shown"].day == WEDNESDAY
    assert "The date could not be understood. Today is shown." in page(answer)


def test_the_day_is_the_companys(office, signed_in):
    office.move_to(at("23:30"))
    answer = look(office, english(signed_in("anna")))
    assert answer.context["shown"].day == WEDNESDAY
    office.move_to(at("00:30", 1))
    assert look(office, english(signed_in("anna"))).context["shown"].day == date(2027, 5, 13)


@pytest.mark.parametrize(
    ("starts", "day", "told"),
    [
        ("2027-03-27T23:30Z", "2027-03-28", "00:30–03:30"),
        ("2027-10-30T23:30Z", "2027-10-31", "01:30 – 02:30 (winter time)"),
    ],
)
def test_the_days_on_which_clocks_change_are_told_as_they_are(office, anna, starts, day, told):
    """Two hours that pass, by a clock that jumps; and by one on which half past two comes twice."""
    starts_at = datetime.fromisoformat(starts)
    office.world.book(office.person().id, "Natt", starts_at, starts_at + timedelta(hours=2), show_as="busy")
    (row,) = table(look(office, anna, dag=day))
    assert row[1] == told


def test_a_booking_over_midnight_is_on_both_days(office, anna):
    office.world.book(office.person().id, "Natt", at("22:00"), at("02:00", 1), show_as="busy")
    office.world.book(office.person().id, "Kväll", at("20:00"), at("00:00", 1), show_as="busy")
    assert [row[1] for row in table(look(office, anna))] == ["20:00–24:00", "22:00 – 2027-05-13 02:00"]
    assert [row[1] for row in table(look(office, anna, dag="2027-05-13"))] == ["2027-05-12 22:00 – 02:00"]


def test_all_day_bookings_say_their_days(office, anna):
    office.book_days(date(2027, 5, 12), date(2027, 5, 13))
    office.book_days(date(2027, 5, 12), date(2027, 5, 15))
    assert [row[1] for row in table(look(office, anna))] == ["All day", "2027-05-12 – 2027-05-14"]


def test_what_lies_further_ahead_than_is_read_says_so(office, anna):
    office.book("10:00", "11:00", day=20)
    answer = look(office, anna, dag="2027-06-01")
    assert table(answer)[0][3:] == [
        "Not synced",
        "The rule for Busy. Show the rule Further ahead than 14 days.",
    ]
    assert bars(answer) == []


# Reading


def test_looking_is_audited_with_who_looked_and_stores_nothing_else(office, anna):
    office.book("09:00", "10:00", subject=CANARY)
    look(office, anna)  # One X's words for its reasons are asked for once
    before = rows_of_all_tables()
    look(office, anna, dag="2027-05-13")
    after = rows_of_all_tables()
    changed = {name for name in after if after[name] != before[name]} - {"sqlite_sequence"}
    assert changed <= {"auditlog_logentry", "django_session"}
    entry = LogEntry.objects.latest("pk")
    assert (entry.action, entry.changes) == (LogEntry.Action.ACCESS, {"day": ["", "2027-05-13"]})
    assert (entry.actor.telenor_id, entry.object_pk) == ("anna", str(office.user().pk))
    assert entry.additional_data == {"by": f"administrator {entry.actor.pk}"}
    assert CANARY not in everything_kept()


@pytest.mark.parametrize("fault", [{"status": 503}, {"reset": True}, {"garbage": True}], ids=str)
def test_where_outlook_is_away_the_page_says_so_and_shows_what_one_x_was_told(office, anna, meeting, fault):
    office.world.faults.add("graph", times=None, **fault)
    answer = look(office, anna)
    assert answer.status_code == 200
    assert "Outlook could not be read." in page(answer)
    assert table(answer) == [
        ["1", "10:00–11:00", "–", "Diversion: Meeting Back 11:00", "As it was at the last reading."]
    ]
    assert bars(answer) == [("1", "diversion")]


def test_where_consent_is_gone_the_page_says_what_mends_it(office, anna):
    next(iter(office.world.tenants.values())).consented = False
    connect.forget()  # the token of before would still do
    told = page(look(office, anna))
    assert "The consent at Microsoft is gone. Consent again as an administrator." in told
    assert "One X has been told nothing of this day." in told


def test_where_one_x_is_away_the_page_comes(office, anna):
    office.book("09:00", "10:00")
    office.sync()
    office.world.faults.add("onex", times=None, status=503)
    office.set(plugin_enabled=False)
    answer = look(office, anna)
    assert (answer.status_code, bars(answer)) == (200, [("1", "diversion")])
    assert table(answer)[0][3].startswith("Diversion: ")


def test_an_instance_that_is_not_connected_says_so(office, anna):
    type(office.provider).objects.update(tenant="")
    assert "The provider is not connected to Exchange yet." in page(look(office, anna))


def test_the_number_of_queries_does_not_grow_with_the_day(office, anna):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            look(office, anna)
        return len(caught)

    office.book("09:00", "10:00")
    office.sync()
    queries()
    one = queries()
    for hour in (11, 13, 15):
        office.book(f"{hour}:00", f"{hour + 1}:00")
    office.sync()
    assert queries() == one
    assert one <= 20


# What a caller hears


def test_what_a_caller_hears_now_and_at_a_time_agrees_with_one_x(office, anna):
    office.book("06:30", "07:30")
    office.book("10:00", "11:00")
    office.book("13:00", "14:00", "oof")
    office.sync()
    assert "Now 07:00 The call is answered by a diversion announcement: Meeting, back 07:30." in page(
        look(office, anna)
    )
    told = {kl: page(look(office, anna, kl=kl)) for kl in ("10:30", "11:00", "13:30")}
    assert "At 10:30 The call is answered by a diversion announcement: Meeting, back 11:00." in told["10:30"]
    assert "At 11:00 The call arrives. One X shows no absence." in told["11:00"]
    assert "At 13:30 The call arrives. Colleagues see Away until 14:00." in told["13:30"]
    assert [office.heard(kl) for kl in told] == ["meeting, back 11:00", "-", "away"]
    assert "has not confirmed" not in told["10:30"]


def test_a_time_is_of_the_day_that_is_shown(office, anna):
    office.book("10:00", "11:00", day=1)
    office.sync()
    told = page(look(office, anna, dag="2027-05-13", kl="10:30"))
    assert "At 10:30 The call is answered" in told
    assert "Now 07:00" not in told
    assert 'name="dag" value="2027-05-13"' in look(office, anna, dag="2027-05-13").content.decode()


def test_what_one_x_has_not_confirmed_is_said_beside_what_is_heard(office, anna):
    office.book("10:00", "11:00")
    told = page(look(office, anna, kl="10:30"))
    assert "The call is answered" in told
    assert "One X has not confirmed all of the day yet." in told


@pytest.mark.parametrize("kl", ["25:00", "late", "10:30:61", "", "\x00", "1" * 10_000])
def test_a_time_that_cannot_be_read_is_an_error_at_the_field(office, anna, kl):
    answer = look(office, anna, kl=kl)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in html
    assert "Enter a time, for example 10:30." in html
    assert "<title>Error:" in html


def test_a_diversion_of_another_days_end_says_its_date(office, anna):
    office.world.book(office.person().id, "Resa", at("10:00"), at("12:00", 1), show_as="busy")
    office.sync()
    assert "back 2027-05-13 12:00." in page(look(office, anna, kl="11:00"))
    row = SyncedBooking.objects.get()
    assert row.absence.forwarding is CallForwarding.ANNOUNCEMENT
