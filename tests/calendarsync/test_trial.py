"""*Testa synkningen nu*: a wish, and each step of what becomes of it, told from what is known and never guessed."""

import re

import pytest
from auditlog.models import LogEntry
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from calendarsync import connect
from calendarsync.models import Provider, SyncedBooking, SyncedUser
from calendarsync.portal import trial

from ..pages.strict import assert_strict
from .factories import D, at, rows_of_all_tables

CANARY = "Kanariefågel"
READ = ["done"] * 5
WAITS = ["waits"] * 6


@pytest.fixture
def anna(office, signed_in):
    client = signed_in("anna")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def url(office, who="anna"):
    return reverse("calendarsync:user-trial", args=[office.provider.pk, office.user(who).pk])


def start(office, client, **sent):
    """Where the browser is sent."""
    answer = client.post(url(office), sent)
    assert answer.status_code == 302
    return answer["Location"]


def looked(client, address, **headers):
    return client.get(address, headers=headers)


def outcomes(answer):
    return [str(step.outcome) for step in answer.context["trial"].steps]


def told(answer):
    html = answer.content.decode()
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def tried(office, client):
    """The page once the engine has done what it can."""
    address = start(office, client)
    office.sync()
    return looked(client, address)


# Asking


def test_a_press_is_a_wish_of_somebodys_and_runs_nothing(office, anna):
    before, requests = office.user(), len(office.world.requests)
    address = start(office, anna)
    user = office.user()
    assert (user.requested_seq, user.asked_seq) == (before.requested_seq + 1, before.requested_seq + 1)
    assert user.due_at <= timezone.now()
    assert address == f"{url(office)}?nr={user.requested_seq}"
    assert len(office.world.requests) == requests


def test_until_somebody_works_on_it_the_first_step_is_under_way(office, anna):
    answer = looked(anna, start(office, anna))
    assert outcomes(answer) == ["busy", *WAITS]
    assert "The page is updated by itself." in told(answer)


def test_a_part_is_answered_to_who_asks_for_a_part_and_asking_ends_with_the_trial(office, anna):
    address = start(office, anna)
    part = looked(anna, address, **{"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="trial"')
    assert f'hx-get="{address}" hx-trigger="every 2s"' in part
    assert f'<a href="{address}">' in part
    office.sync()
    assert "hx-get" not in looked(anna, address, **{"HX-Request": "true"}).content.decode()
    assert "<html" in looked(anna, address).content.decode()


def test_the_pages_keep_what_every_page_promises(office, anna):
    office.book("09:00", "10:00")
    address = start(office, anna)
    assert_strict(looked(anna, address))
    assert_strict(looked(anna, address, **{"HX-Request": "true"}), whole=False)
    assert_strict(looked(anna, start(office, anna, write="no")))


def test_a_page_nobody_works_for_says_so_and_stops_asking(office, anna, move_to):
    address = start(office, anna)
    move_to(at("07:02"))
    answer = looked(anna, address)
    assert "Nobody has begun yet. Call support if it lasts." in told(answer)
    assert "hx-get" in answer.content.decode()
    move_to(at("07:04"))
    assert "hx-get" not in looked(anna, address).content.decode()


# What becomes of it


def test_a_trial_that_goes_well_says_how_many_and_that_one_x_was_looked_at(office, anna):
    office.book("09:00", "10:00")
    office.world.set_choice(office.book("11:00", "12:00", "free").id, "lunch", "none")
    office.book("13:00", "14:00", "tentative")
    office.book("15:00", "16:00", sensitivity="private")
    answer = tried(office, anna)
    assert outcomes(answer) == [*READ, "done", "done"]
    assert "Bookings read (3)" in told(answer)
    assert "Rules applied (2 are to go to One X)" in told(answer)
    assert "Everything is right" in told(answer)
    assert len(office.held()) == 2


def test_a_trial_of_an_empty_calendar_goes_well_too(office, anna):
    answer = tried(office, anna)
    assert outcomes(answer) == [*READ, "done", "done"]
    assert "Bookings read (0)" in told(answer)


def test_microsoft_away_fails_the_contact_and_says_when_it_is_tried_again(office, anna):
    office.world.faults.add("graph", times=None, status=503, retry_after=120)
    answer = tried(office, anna)
    assert outcomes(answer) == ["failed", *["skipped"] * 6]
    assert "It is tried again at 07:02." in told(answer)
    assert "hx-get" in answer.content.decode()


def test_a_failure_that_passed_is_forgotten(office, anna):
    office.world.faults.add("graph", times=None, status=503, retry_after=120)
    address = start(office, anna)
    office.sync()
    office.world.faults.clear()
    office.sync("07:03")
    assert outcomes(looked(anna, address)) == [*READ, "done", "done"]


def test_a_consent_that_is_gone_fails_there_and_says_what_mends_it(office, anna):
    next(iter(office.world.tenants.values())).consented = False
    connect.forget()
    answer = tried(office, anna)
    assert outcomes(answer) == ["done", "failed", *["skipped"] * 5]
    assert "Consent again as an administrator." in told(answer)
    assert answer.context["trial"].running is False


@pytest.mark.parametrize("code", ["mailbox_not_found", "no_mailbox", "mailbox_denied", "address_ambiguous"])
def test_a_mailbox_that_cannot_be_had_fails_there(office, anna, code):
    address = start(office, anna)
    office.sync()
    SyncedUser.objects.filter(extension="anna").update(trouble=code)
    assert outcomes(looked(anna, address)) == ["done", "done", "failed", *["skipped"] * 4]


def test_bookings_that_cannot_be_read_are_a_warning(office, anna):
    address = start(office, anna)
    office.sync()
    SyncedUser.objects.filter(extension="anna").update(trouble="unreadable_items")
    answer = looked(anna, address)
    assert outcomes(answer) == ["done", "done", "done", "warning", "done", "done", "done"]
    assert "Some bookings could not be read." in told(answer)


@pytest.mark.parametrize(
    ("off", "why"),
    [
        (lambda office: office.set(active=False), "The provider is not active."),
        (lambda office: office.provider.users.update(active=False), "The user is not active."),
    ],
    ids=["provider", "user"],
)
def test_what_is_off_is_not_read_and_says_so_while_one_x_is_cleared(office, anna, meeting, off, why):
    off(office)
    answer = tried(office, anna)
    assert outcomes(answer) == [*["skipped"] * 5, "done", "done"]
    assert told(answer).count(why) == 1
    assert office.held() == []


def test_an_instance_that_is_not_connected_fails_at_once(office, anna):
    Provider.objects.update(tenant="")
    answer = looked(anna, start(office, anna))
    assert outcomes(answer)[0] == "failed"
    assert "The provider is not connected to Exchange yet." in told(answer)


def test_what_one_x_does_not_take_is_a_warning_with_the_next_attempt(office, anna):
    office.world.faults.add("onex", "absences:apply", times=None, status=503, retry_after=120)
    office.book("09:00", "10:00")
    answer = tried(office, anna)
    assert outcomes(answer) == [*READ, "warning", "skipped"]
    assert "It is tried again at 07:02." in told(answer)


def test_what_one_x_refuses_fails_with_what_mends_it(office, anna):
    del office.world.pbx.reasons["meeting"]
    office.book("09:00", "10:00")
    answer = tried(office, anna)
    assert outcomes(answer) == [*READ, "failed", "skipped"]
    assert "Choose another reason in the rules." in told(answer)


def test_what_is_stored_but_not_sent_yet_is_under_way(office, anna, meeting):
    address = start(office, anna)
    office.sync()
    SyncedBooking.objects.update(version=2, next_attempt_at=timezone.now())
    answer = looked(anna, address)
    assert outcomes(answer) == [*READ, "busy", "waits"]
    assert answer.context["trial"].running is True


# What One X holds


def test_one_x_that_was_changed_by_hand_is_a_warning(office, anna, meeting):
    row = SyncedBooking.objects.get()
    office.world.pbx.change_by_hand(row.key, reason="lunch")
    answer = tried(office, anna)
    assert outcomes(answer) == [*READ, "done", "warning"]
    assert "Somebody may have changed it by hand" in told(answer)


def test_what_one_x_holds_besides_is_a_difference(office, meeting):
    SyncedBooking.objects.all().delete()
    assert trial.differences(office.user(), connect.pbx(office.provider.company)) == 1


def test_what_one_x_lost_is_a_difference(office, meeting):
    user, pbx = office.user(), connect.pbx(office.provider.company)
    assert trial.differences(user, pbx) == 0
    ((customer, key),) = office.world.pbx.by_key
    clear = {"op": "clear", "key": key, "extension": "anna", "version": 9}
    office.world.pbx.apply(customer, [clear])
    assert trial.differences(user, pbx) == 1


def test_what_waits_to_be_sent_is_no_difference(office, meeting):
    user, pbx = office.user(), connect.pbx(office.provider.company)
    SyncedBooking.objects.update(version=2)
    assert trial.differences(user, pbx) == 0


def test_one_x_away_at_the_end_fails_the_last_step_alone(office, anna, meeting):
    address = start(office, anna)
    office.sync()
    office.world.faults.add("onex", "absences", times=None, status=503)
    answer = looked(anna, address)
    assert outcomes(answer) == [*READ, "done", "failed"]
    assert answer.context["trial"].running is False


# Without writing


def test_a_trial_without_writing_shows_what_would_change_without_titles_and_changes_nothing(office, anna):
    office.book("09:00", "10:00", subject=CANARY)
    office.sync()
    gone = office.book("11:00", "12:00", subject=CANARY)
    office.sync()
    office.world.delete(gone.id)
    office.book("13:00", "14:00", subject=CANARY)
    address = start(office, anna, write="no")
    assert address == f"{url(office)}?utan=1"
    looked(anna, address)
    before, held = rows_of_all_tables(), office.held()
    answer = looked(anna, address)
    after = rows_of_all_tables()
    changed = {name for name in after if after[name] != before[name]} - {"sqlite_sequence"}
    assert changed <= {"auditlog_logentry", "django_session"}
    assert office.held() == held
    assert outcomes(answer) == [*READ, "skipped", "skipped"]
    assert CANARY not in answer.content.decode()
    assert [row["word"] for row in answer.context["planned"]] == ["Taken back", "Added"]
    assert "2027-05-12 13:00–14:00 One X Diversion: Meeting What happens Added" in told(answer)


def test_a_trial_without_writing_is_audited(office, anna):
    looked(anna, start(office, anna, write="no"))
    entry = LogEntry.objects.latest("pk")
    assert (entry.action, entry.object_pk) == (LogEntry.Action.ACCESS, str(office.user().pk))
    assert entry.actor.telenor_id == "anna"


def test_where_nothing_would_change_that_is_said(office, anna, meeting):
    answer = looked(anna, start(office, anna, write="no"))
    assert "Nothing: One X is to have what it has." in told(answer)


def test_a_trial_without_writing_that_cannot_read_says_where_it_stopped(office, anna):
    next(iter(office.world.tenants.values())).consented = False
    connect.forget()
    answer = looked(anna, start(office, anna, write="no"))
    assert outcomes(answer) == ["done", "failed", *["skipped"] * 5]
    assert "This would change in One X" not in told(answer)


def test_a_trial_without_writing_of_what_is_off_shows_what_would_be_taken_back(office, anna, meeting):
    Provider.objects.update(active=False)
    answer = looked(anna, start(office, anna, write="no"))
    assert outcomes(answer) == ["skipped"] * 7
    assert [row["word"] for row in answer.context["planned"]] == ["Taken back"]


# For support, and for strangers


def test_the_report_for_support_has_codes_ids_and_times_and_nothing_of_anybody(office, anna):
    office.world.faults.add("onex", "absences:apply", times=None, status=503)
    office.book("09:00", "10:00", subject=CANARY)
    answer = tried(office, anna)
    report = answer.context["report"]
    row = SyncedBooking.objects.get()
    assert f"user {office.user().pk}" in report
    assert f"{row.key}: version 1, sent 1, confirmed 0" in report
    assert "server_error" in report
    secrets = vars(office.world.secrets).values()
    forbidden = [
        CANARY,
        "anna",
        "Anna",
        "@",
        "+46",
        "Budget",
        *(each for each in secrets if isinstance(each, str)),
    ]
    assert [word for word in forbidden if word in report] == []


@pytest.mark.parametrize("nr", ["", "0", "x", "-1", "9" * 15, "9" * 400, "²"])
def test_a_number_nobody_was_given_is_no_crash_and_nothing_to_wait_for(office, anna, nr):
    office.sync()
    answer = anna.get(url(office), {"nr": nr})
    assert (answer.status_code, outcomes(answer)) == (200, [*READ, "done", "done"])


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_companys_user_is_not_found(office, signed_in, method):
    wishes = office.user().requested_seq
    assert getattr(signed_in("filip"), method)(url(office)).status_code == 404
    assert office.user().requested_seq == wishes


def test_the_user_page_leads_to_the_trial(office, anna):
    detail = anna.get(reverse("calendarsync:user-detail", args=[office.provider.pk, office.user().pk]))
    assert f'<form class="row" method="post" action="{url(office)}">' in detail.content.decode()


def test_while_rights_cannot_be_confirmed_nothing_is_started(office, anna, move_to):
    office.world.faults.add("onex", "persons", times=None, status=503)
    move_to(at("07:16"))
    wishes = office.user().requested_seq
    assert anna.post(url(office)).status_code == 503
    assert office.user().requested_seq == wishes


def test_titles_are_on_no_page_of_a_trial(opened, signed_in):
    office = opened(*D, "--titles")
    office.book("09:00", "10:00", subject=CANARY)
    assert CANARY not in tried(office, signed_in("anna")).content.decode()
