"""Arrangements for the tests of the loops: what a test does not say is as the standard template has it."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from calendarsync import connect, engine, providers, userlist
from calendarsync.models import Provider, SyncedUser
from mss.simulators.world import Event, World


def provider(world: World, *emails: str, rules: tuple[str, ...] = (), **settings: Any) -> Provider:
    """An active provider of Contoso with these users; `rules` as `addprovider --rule` takes them."""
    company = providers.company("contoso")
    asked = {
        "kind": "exchange_online",
        "name": "Office 365",
        "tenant": next(iter(world.tenants)),
        "active": True,
    } | settings
    template = providers.template(connect.pbx(company).reasons()) | dict(map(providers.parse_rule, rules))
    made = providers.create(company, template, **asked)
    rows = [userlist.Row(line, email) for line, email in enumerate(emails, start=1)]
    userlist.add(userlist.resolve(rows, made, connect.pbx(company).search("")), made, timezone.now())
    return made


def user(email: str) -> SyncedUser:
    return SyncedUser.objects.get(email=email)


def book(world: World, email: str, starts_in: float = 1, hours: float = 1, **fields: Any) -> Event:
    """A booking that begins so many hours from now, on a whole minute."""
    starts_at = timezone.now().replace(second=0, microsecond=0) + timedelta(hours=starts_in)
    fields = {"subject": "Planering", "show_as": "busy"} | fields
    subject = fields.pop("subject")
    return world.book(
        world.person(email).id, subject, starts_at, starts_at + timedelta(hours=hours), **fields
    )


def synchronise(*emails: str) -> list[engine.Turn]:
    """What a knock for each of these people (for everybody: none given) leads to."""
    _of(emails).wish()
    return engine.run()


def periodic(*emails: str) -> list[engine.Turn]:
    """A reading that nobody asked for."""
    _of(emails).update(read_due_at=timezone.now(), due_at=timezone.now())
    return engine.run()


def _of(emails: tuple[str, ...]) -> Any:
    return SyncedUser.objects.filter(email__in=emails) if emails else SyncedUser.objects.all()


def shown(world: World, email: str) -> list[tuple[datetime, datetime, str, str]]:
    """What One X holds for a person: start, end, reason, forwarding, by start."""
    held = connect.pbx(providers.company("contoso")).held(world.person(email).extension_id or "")
    return sorted((a.starts_at, a.ends_at, a.reason, a.forwarding.value) for a, _ in held)
