"""What the tests of incidents share: an administrator to tell, a look at what there is, and ways to fail."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from accounts import rights
from accounts.models import Membership, User
from calendarsync import connect, incidents
from calendarsync.models import Incident, Provider, SyncedBooking, SyncedUser

from ..core.samples import at
from .factories import Office

Mails = list[EmailMultiAlternatives]


@pytest.fixture(autouse=True)
def _address(settings: Any) -> None:
    settings.PUBLIC_URL = "https://sync.contoso.test"


@pytest.fixture
def anna(office: Office) -> User:
    """Administers Contoso, as One X says, and reads Swedish."""
    return rights.sign_in("anna", timezone.now())


@pytest.fixture
def look(office: Office) -> Callable[..., list[Incident]]:
    """Everybody is read at a local time, then it is looked for incidents; answers all there are."""

    def look(now: str, day: int = 0) -> list[Incident]:
        office.move_to(at(now, day))
        SyncedUser.objects.update(read_due_at=timezone.now(), due_at=timezone.now(), not_before=None)
        SyncedBooking.objects.update(next_attempt_at=timezone.now())
        office.sync()
        incidents.look(timezone.now())
        return list(Incident.objects.order_by("pk"))

    return look


def consent(office: Office, given: bool) -> None:
    next(iter(office.world.tenants.values())).consented = given
    connect.forget()


def graph_away(office: Office) -> None:
    office.world.faults.add(face="graph", path="calendarView", status=503, part=True, times=None)


def onex_away(office: Office) -> None:
    office.world.faults.add(face="onex", path="absences:apply", status=503, times=None)


def brake(office: Office) -> None:
    Provider.objects.filter(pk=office.provider.pk).update(braked_at=timezone.now())


def administrator(office: Office, email: str) -> User:
    user = User.objects.create(username=email, email=email)
    Membership.objects.create(user=user, company=office.provider.company)
    return user


class BreaksAfterOne(EmailBackend):
    """A mail server that takes one message of a connection and then goes away."""

    taken = 0

    def send_messages(self, messages: Any) -> int:
        if self.taken:
            raise ConnectionResetError
        self.taken = 1
        return super().send_messages(messages)


class Slow(EmailBackend):
    """A mail server so slow that another worker looks meanwhile."""

    def send_messages(self, messages: Any) -> int:
        incidents.look(timezone.now())
        return super().send_messages(messages)
