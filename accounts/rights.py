"""What a person may, as One X says: asked at sign-in and every 15 minutes after, never taken from a form (design 6)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from mss.onex import connection
from mss.onex.client import OneXNotFound
from mss.wire import TryLater

from .models import Company, Membership, User

ASKED_AGAIN = timedelta(minutes=15)

Json = dict[str, Any]


class NoRightsError(Exception):
    """One X knows no such person, or they administer no company."""


def sign_in(telenor_id: str, now: datetime) -> User:
    """The user behind a Telenor ID, made or brought up to date.

    Raises NoRightsError; OneXError and TryLater where One X does not say."""
    person = _person(telenor_id)
    administered = [] if person is None else _administered(person)
    if person is None or not administered:
        Membership.objects.filter(user__telenor_id=telenor_id).delete()
        raise NoRightsError(telenor_id)
    with transaction.atomic():
        user, made = User.objects.get_or_create(
            telenor_id=telenor_id, defaults={"username": f"telenor-id:{telenor_id}"[:150]}
        )
        if made:
            user.set_unusable_password()
            user.language = "en" if person.get("language") == "en" else "sv"
        user.first_name, user.last_name = "", _text(person, "name")[:150]
        user.email, user.rights_at = _text(person, "email")[:254], now
        user.save()
        _keep(user, administered)
    return user


def _person(telenor_id: str) -> Json | None:
    try:
        return connection.onex().person(telenor_id)
    except OneXNotFound:
        return None


def due(user: User, now: datetime) -> bool:
    """Whether One X must be asked again before anything is shown."""
    return user.rights_at is None or now - user.rights_at >= ASKED_AGAIN


def keep_company(customer: str, name: str, organisation_number: str, time_zone: str) -> Company:
    """The row of a company that One X has told of, made or brought up to date."""
    told = {"name": name, "organisation_number": organisation_number, "time_zone": time_zone}
    company, _ = Company.objects.update_or_create(customer=customer, defaults=told)
    return company


def _administered(person: Json) -> list[Json]:
    """The customers of `GET /v1/persons/{telenor_id}` this person administers. Raises TryLater."""
    memberships = person.get("memberships")
    if not isinstance(memberships, list) or not all(map(_well_formed, memberships)):
        raise TryLater("bad_answer", "memberships")
    return [each["customer"] for each in memberships if each["administrator"]]


def _well_formed(membership: Any) -> bool:
    if not isinstance(membership, dict) or not isinstance(membership.get("administrator"), bool):
        return False
    customer = membership.get("customer")
    return isinstance(customer, dict) and bool(_text(customer, "id")) and bool(_text(customer, "name"))


def _keep(user: User, customers: Iterable[Json]) -> None:
    """Memberships become what was just said: what is not there any more goes."""
    companies = [
        keep_company(
            _text(each, "id"),
            _text(each, "name")[:200],
            _text(each, "organisation_number")[:32],
            _text(each, "time_zone")[:64] or "Europe/Stockholm",
        )
        for each in customers
    ]
    user.memberships.exclude(company__in=companies).delete()
    known = set(user.memberships.values_list("company", flat=True))
    Membership.objects.bulk_create(
        [Membership(user=user, company=each) for each in companies if each.pk not in known],
        ignore_conflicts=True,  # two requests of one person may ask at once
    )


def _text(fields: Json, name: str) -> str:
    value = fields.get(name)
    return value.replace("\0", "") if isinstance(value, str) else ""  # PostgreSQL takes no NUL
