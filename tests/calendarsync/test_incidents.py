"""A provider that does not synchronise: one incident, and its administrators are told once, at the right time."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.models import Membership, User
from calendarsync import incidents
from calendarsync.models import Incident, Provider, Standstill, SyncedUser

from ..core.samples import at
from . import trouble
from .factories import Office
from .trouble import Mails, brake, consent, graph_away, onex_away

_address, anna, look = trouble._address, trouble.anna, trouble.look


# When there is one


def test_a_refusal_is_an_incident_at_once_and_until_it_is_mended(office: Office, look: Any) -> None:
    consent(office, False)
    (incident,) = look("08:00")
    assert (incident.kind, incident.code, incident.since) == ("refused", "consent_revoked", at("08:00"))
    assert incident.closed_at is None
    consent(office, True)
    (incident,) = look("09:00")
    assert incident.closed_at == at("09:00")


@pytest.mark.parametrize(
    ("break_", "kind"), [(graph_away, "calendar"), (onex_away, "onex")], ids=["Microsoft", "One X"]
)
def test_what_may_pass_is_an_incident_after_fifteen_minutes(
    office: Office, look: Any, break_: Any, kind: str
) -> None:
    break_(office)
    office.book("20:00", "21:00")
    assert look("08:00") == look("08:14") == []
    (incident,) = look("08:15")
    assert (incident.kind, incident.code, incident.since) == (kind, "server_error", at("08:00"))
    office.world.faults.clear()
    (incident,) = look("08:30")
    assert incident.closed_at == at("08:30")
    assert Standstill.objects.count() == 0


def test_a_brake_is_an_incident_until_it_is_answered(office: Office, look: Any) -> None:
    brake(office)
    assert [each.kind for each in look("08:00")] == ["braked"]
    Provider.objects.update(braked_at=None)
    assert [each.closed_at for each in look("08:05")] == [at("08:05")]


def test_one_mailbox_that_fails_is_no_incident(office: Office, look: Any) -> None:
    person = office.person().id
    office.world.faults.add(face="graph", path=rf"{person}/calendarView", status=503, part=True, times=None)
    for now in ("08:00", "08:20", "08:40"):
        assert look(now) == []


def test_where_one_mailbox_fails_another_is_tried_before_it_is_an_incident(office: Office) -> None:
    """Nobody else is due for a long time: somebody is read who was not to be yet."""
    person = office.person().id
    office.world.faults.add(face="graph", path=rf"{person}/calendarView", status=503, part=True, times=None)
    later = at("12:00")
    SyncedUser.objects.filter(extension="bertil").update(read_due_at=later, due_at=later)
    anna = SyncedUser.objects.filter(extension="anna")
    anna.wish()
    for now in ("08:00", "08:06", "08:16"):
        anna.update(not_before=None)
        office.sync(now)
        incidents.look(timezone.now())
        office.sync()
    assert office.user("bertil").last_synced_at == at("08:06")
    assert Incident.objects.count() == 0


def test_who_waited_in_vain_and_is_switched_off_leaves_no_standstill(office: Office, look: Any) -> None:
    graph_away(office)
    look("08:00")
    assert Standstill.objects.count() == 1
    SyncedUser.objects.update(active=False)
    assert look("08:20") == []
    assert Standstill.objects.count() == 0


def test_what_comes_back_within_fifteen_minutes_is_the_same_incident(office: Office, look: Any) -> None:
    for now, given in (
        ("08:00", False),
        ("08:10", True),
        ("08:20", False),
        ("08:30", True),
        ("08:50", False),
    ):
        consent(office, given)
        found = look(now)
    assert [(each.closed_at, each.told) for each in found] == [(at("08:30"), 4), (None, 1)]


def test_a_provider_has_one_open_incident(office: Office) -> None:
    of_provider = {"provider": office.provider, "kind": "refused", "since": timezone.now()}
    Incident.objects.create(**of_provider, closed_at=timezone.now())
    Incident.objects.create(**of_provider)
    with pytest.raises(IntegrityError):
        Incident.objects.create(**of_provider)


def test_nothing_is_written_while_nothing_turns(office: Office, look: Any, anna: User) -> None:
    consent(office, False)
    look("08:00")
    written: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if not sql.startswith(("SELECT", "SAVEPOINT", "RELEASE")):
            written.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        incidents.look(timezone.now())
    assert written == []


# Who is told, and what


def test_a_withdrawn_consent_is_told_at_once(
    office: Office, look: Any, anna: User, mailoutbox: Mails
) -> None:
    consent(office, False)
    look("08:00")
    (mail,) = mailoutbox
    assert mail.to == ["anna@contoso.test"]
    assert mail.extra_headers["Auto-Submitted"] == "auto-generated"
    html = str(mail.alternatives[0][0])
    for words in (mail.body, html):
        assert f"https://sync.contoso.test/kalendersynk/{office.provider.pk}/installningar/" in words
        assert "2027-05-13 08:00" in words  # the end of the grace time
        assert "anna" not in words.lower()
    assert '<html lang="sv">' in html


@pytest.mark.parametrize("break_", [graph_away, onex_away, brake])
def test_what_may_pass_is_told_after_fifteen_minutes(
    office: Office, look: Any, anna: User, mailoutbox: Mails, break_: Any
) -> None:
    office.move_to(at("08:00"))
    break_(office)
    office.book("20:00", "21:00")
    look("08:00")
    look("08:14")
    assert mailoutbox == []
    look("08:15")
    look("08:16")
    assert len(mailoutbox) == 1


def test_a_refusal_is_told_before_and_after_its_grace_time_and_then_once_a_day(
    office: Office, look: Any, anna: User, mailoutbox: Mails
) -> None:
    consent(office, False)
    at_each = []
    times = [("08:00", 0), ("20:00", 0), ("04:00", 1), ("07:59", 1), ("08:01", 1), ("20:00", 1), ("08:02", 2)]
    for now, day in times:
        look(now, day)
        at_each.append(len(mailoutbox))
    assert at_each == [1, 1, 2, 2, 3, 3, 4]


def test_a_standstill_is_told_again_once_a_day(
    office: Office, look: Any, anna: User, mailoutbox: Mails
) -> None:
    graph_away(office)
    at_each = []
    for now, day in [("08:00", 0), ("08:15", 0), ("08:10", 1), ("08:16", 1), ("20:00", 1), ("08:17", 2)]:
        look(now, day)
        at_each.append(len(mailoutbox))
    assert at_each == [0, 1, 1, 2, 2, 3]


def test_well_again_is_told_once_when_it_has_lasted(
    office: Office, look: Any, anna: User, mailoutbox: Mails
) -> None:
    consent(office, False)
    look("08:00")
    consent(office, True)
    look("09:00")
    look("09:14")
    assert len(mailoutbox) == 1
    for now in ("09:15", "09:16", "10:00"):
        look(now)
    assert len(mailoutbox) == 2


def test_what_comes_and_goes_is_told_once(office: Office, look: Any, anna: User, mailoutbox: Mails) -> None:
    for minute in range(0, 60, 5):
        consent(office, bool(minute % 10))
        look(f"08:{minute:02}")
    assert len(mailoutbox) == 1


def test_what_nobody_was_told_of_does_not_end_with_a_message(
    office: Office, look: Any, anna: User, mailoutbox: Mails
) -> None:
    office.move_to(at("08:00"))
    brake(office)
    look("08:00")
    Provider.objects.update(braked_at=None)
    look("08:05")
    look("09:00")
    assert mailoutbox == []


def test_switching_off_ends_an_incident_silently(
    office: Office, look: Any, anna: User, mailoutbox: Mails
) -> None:
    consent(office, False)
    look("08:00")
    office.set(active=False)
    assert look("09:00")[0].closed_at == at("09:00")
    look("10:00")
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("code", sorted(incidents.OURS))
def test_what_operations_must_mend_is_not_told_to_customers(
    office: Office, anna: User, mailoutbox: Mails, code: str
) -> None:
    Provider.objects.update(trouble=code, trouble_since=timezone.now())
    for day in range(3):
        incidents.look(timezone.now() + timedelta(days=day))
    assert Incident.objects.get().code == code
    assert mailoutbox == []


def test_a_standstill_that_turns_into_a_refusal_is_told_anew(
    office: Office, look: Any, anna: User, mailoutbox: Mails
) -> None:
    graph_away(office)
    look("08:00")
    look("08:15")
    consent(office, False)
    (incident,) = look("08:20")
    assert (incident.kind, incident.since) == ("refused", at("08:20"))
    assert len(mailoutbox) == 2


def test_each_administrator_is_told_alone_and_in_their_language(
    office: Office, look: Any, anna: User, mailoutbox: Mails
) -> None:
    company = office.provider.company
    for name, language, fields in [
        ("berta", "en", {}),
        ("no address", "sv", {"email": ""}),
        ("gone", "sv", {"is_active": False}),
        ("stranger", "sv", {"email": "filip@fabrikam.test"}),
    ]:
        user = User.objects.create(
            username=name, language=language, **({"email": f"{name}@contoso.test"} | fields)
        )
        if name != "stranger":
            Membership.objects.create(user=user, company=company)
    consent(office, False)
    look("11:04")
    assert [mail.to for mail in mailoutbox] == [["anna@contoso.test"], ["berta@contoso.test"]]
    assert mailoutbox[1].subject == "Office 365 does not synchronise since 11:04"
    assert "The consent at Microsoft is gone." in mailoutbox[1].body


def test_a_name_with_a_line_break_makes_no_header_of_its_own(
    office: Office, look: Any, anna: User, mailoutbox: Mails
) -> None:
    Provider.objects.update(name="Office\nBcc: everybody@contoso.test")
    consent(office, False)
    look("08:00")
    assert "\n" not in mailoutbox[0].subject
    assert mailoutbox[0].message()["Bcc"] is None


def test_html_is_escaped_and_text_is_not(office: Office, look: Any, anna: User, mailoutbox: Mails) -> None:
    Provider.objects.update(name="R&D <b>")
    consent(office, False)
    look("08:00")
    assert "R&D <b>" in mailoutbox[0].body
    assert "R&amp;D &lt;b&gt;" in str(mailoutbox[0].alternatives[0][0])
    assert "<b>" not in str(mailoutbox[0].alternatives[0][0])


def test_a_paused_provider_is_told_with_a_link_to_where_it_is_decided(
    office: Office, look: Any, anna: User, mailoutbox: Mails
) -> None:
    office.move_to(at("08:00"))
    brake(office)
    SyncedUser.objects.filter(extension="anna").update(suspect_since=timezone.now())
    incidents.look(timezone.now())
    office.move_to(at("08:15"))
    incidents.look(timezone.now())
    assert "https://sync.contoso.test/instrumentpanel/" in mailoutbox[0].body
    assert ": 1." in mailoutbox[0].body  # whose bookings disappeared
    assert ": 2." in mailoutbox[0].body  # all users
