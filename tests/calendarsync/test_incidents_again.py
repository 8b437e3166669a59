"""Incidents told while the mail server is away, and by more than one worker."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts import rights
from accounts.models import User
from calendarsync import erase, incidents
from calendarsync.models import Incident, Provider
from mss.simulators.world import World

from ..core.samples import at
from . import arrange, trouble
from .during import between
from .factories import Office
from .trouble import Mails, administrator, consent

_address, anna, look = trouble._address, trouble.anna, trouble.look


def test_a_mail_server_that_is_away_gets_the_message_later_and_once(
    office: Office, look: Any, anna: User, mailoutbox: Mails, settings: Any
) -> None:
    works = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # where nobody listens
    consent(office, False)
    (incident,) = look("08:00")
    assert (incident.told, incident.mail_failures) == (0, 1)
    assert incident.mail_at > at("08:00")
    settings.EMAIL_BACKEND = works
    look("08:01")
    assert mailoutbox == []
    look("08:05")
    look("08:06")
    assert len(mailoutbox) == 1


def test_after_a_long_silence_only_the_last_message_is_sent(
    office: Office, look: Any, anna: User, mailoutbox: Mails, settings: Any
) -> None:
    works = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    consent(office, False)
    for now, day in [("08:00", 0), ("09:30", 0), ("05:00", 1), ("09:00", 1)]:
        look(now, day)
    settings.EMAIL_BACKEND = works
    look("11:00", 1)
    assert len(mailoutbox) == 1
    assert Incident.objects.get().told == Incident.Told.WITHDRAWN


def test_who_has_a_message_does_not_get_it_again_when_the_next_one_fails(
    office: Office, look: Any, anna: User, mailoutbox: Mails, settings: Any
) -> None:
    works = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{trouble.__name__}.BreaksAfterOne"
    administrator(office, "other@contoso.test")
    consent(office, False)
    (incident,) = look("08:00")
    assert (incident.told, incident.told_to) == (0, [anna.pk])
    settings.EMAIL_BACKEND = works
    look("08:05")
    assert [mail.to for mail in mailoutbox] == [["anna@contoso.test"], ["other@contoso.test"]]


def test_who_heard_the_bad_news_hears_the_good_news_whatever_the_mail_server_did_between(
    office: Office, look: Any, anna: User, mailoutbox: Mails, settings: Any
) -> None:
    works = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{trouble.__name__}.BreaksAfterOne"
    administrator(office, "other@contoso.test")
    consent(office, False)
    look("08:00")
    consent(office, True)
    look("08:01")
    settings.EMAIL_BACKEND = works
    look("08:20")
    assert [mail.to[0] for mail in mailoutbox] == [
        "anna@contoso.test",
        "anna@contoso.test",
        "other@contoso.test",
    ]


def test_an_address_that_is_none_holds_nobody_up(
    office: Office, look: Any, anna: User, mailoutbox: Mails
) -> None:
    administrator(office, "no address\n")
    administrator(office, "other@contoso.test")
    consent(office, False)
    (incident,) = look("08:00")
    assert [mail.to for mail in mailoutbox] == [["anna@contoso.test"], ["other@contoso.test"]]
    assert incident.told == Incident.Told.BROKEN


def test_who_died_while_telling_is_taken_over(
    office: Office, look: Any, anna: User, mailoutbox: Mails
) -> None:
    consent(office, False)
    Incident.objects.create(
        provider=office.provider,
        kind="refused",
        code="consent_revoked",
        since=at("08:00"),
        telling=1,
        mail_at=at("08:10"),
    )
    look("08:09")
    assert mailoutbox == []
    look("08:10")
    assert len(mailoutbox) == 1


def test_without_an_administrator_to_tell_there_is_nothing_to_try_again(office: Office, look: Any) -> None:
    consent(office, False)
    (incident,) = look("08:00")
    assert (incident.told, incident.mail_at) == (1, None)


@pytest.mark.django_db(transaction=True)
def test_two_workers_open_one_incident_and_send_one_message(world: World, mailoutbox: Mails) -> None:
    made = arrange.provider(world)
    rights.sign_in("anna", timezone.now())
    now = timezone.now()
    Provider.objects.filter(pk=made.pk).update(trouble="consent_revoked", trouble_since=now)
    start = Barrier(4)

    def work() -> None:
        try:
            start.wait(10)
            incidents.look(now)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for worker in [pool.submit(work) for _ in range(4)]:
            worker.result()
    assert Incident.objects.count() == 1
    assert len(mailoutbox) == 1


def test_what_another_worker_has_told_meanwhile_is_not_told_again(
    office: Office, anna: User, mailoutbox: Mails
) -> None:
    Provider.objects.update(trouble="consent_revoked", trouble_since=timezone.now())
    for day in (0, 1, 2):  # the first message, that the grace time is over, a reminder
        office.move_to(at("07:00", day))
        with between("telling.found", lambda: incidents.look(timezone.now())):
            incidents.look(timezone.now())
        assert len(mailoutbox) == day + 1


def test_another_worker_looks_while_the_mail_server_takes_its_time(
    office: Office, anna: User, mailoutbox: Mails, settings: Any
) -> None:
    settings.EMAIL_BACKEND = f"{trouble.__name__}.Slow"
    Provider.objects.update(trouble="consent_revoked", trouble_since=timezone.now())
    incidents.look(timezone.now())
    assert len(mailoutbox) == 1


def test_an_incident_is_forgotten_thirty_days_after_its_end(office: Office, look: Any) -> None:
    consent(office, False)
    look("08:00")
    consent(office, True)
    look("09:00")
    erase.expire(at("08:59", 30))
    assert Incident.objects.count() == 1
    erase.expire(at("09:01", 30))
    assert Incident.objects.count() == 0
