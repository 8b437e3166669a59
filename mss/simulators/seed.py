"""A believable world from a fixed seed: Contoso AB, Fabrikam AB, and who can sign in."""

import unicodedata
from collections.abc import Callable
from datetime import datetime

from . import cast
from .diary import Diary
from .pbx import Customer, Extension, Membership, TelenorPerson
from .records import Person, Tenant
from .world import World, utcnow


def contoso(now: datetime, seed: int = 7, users: int = 40, clock: Callable[[], datetime] = utcnow) -> World:
    """The world around `now` (aware): the same moment and seed give the same one, ids included.

    `users`: how many people Contoso has; over 40 they are numbered rather than named.
    """
    world = World(clock, seed)
    first = _company(world, "contoso", "Contoso AB", "559900-1001", ["contoso.test", "contoso-nordic.test"])
    second = _company(world, "fabrikam", "Fabrikam AB", "559900-2009", ["fabrikam.test"])
    people = [_employ(world, first, "contoso", *each) for each in _named(users)]
    others = [_employ(world, second, "fabrikam", *each) for each in cast.lines(cast.FABRIKAM)]
    _fill(Diary(world, now, seed), people, others)
    _accounts(world)
    return world


def _named(users: int) -> list[list[str]]:
    numbered = [[f"Provanvändare {index:05}", "Medarbetare", "Prov"] for index in range(41, users + 1)]
    return (cast.lines(cast.PEOPLE) + numbered)[:users]


def _company(world: World, customer: str, name: str, number: str, domains: list[str]) -> Tenant:
    world.pbx.customers[customer] = Customer(customer, name, number)
    return world.add_tenant(name, domains)


def _employ(world: World, tenant: Tenant, customer: str, name: str, title: str, department: str) -> Person:
    """A person of the directory with a One X extension, both as the cast says."""
    email = cast.ADDRESSES.get(name, f"{_plain(name)}@{tenant.domains[0]}")
    aliases = [cast.ALIASES[name]] if name in cast.ALIASES else []
    extension = _extension(world, customer, name, email)
    return world.add_person(
        tenant,
        name,
        email,
        upn=cast.OTHER_UPN.get(name, email),
        aliases=aliases,
        zone=cast.OTHER_ZONE.get(name, "W. Europe Standard Time"),
        mailbox=name not in cast.NO_MAILBOX,
        extension_id=extension.id,
        title=title,
        department=department,
    )


def _extension(world: World, customer: str, name: str, email: str) -> Extension:
    order = len(world.pbx.extensions) + 1
    known = cast.ALIASES[name] if name in cast.KNOWN_BY_ALIAS else email
    services = [] if name in cast.NO_DIVERSION else ["diversion"]
    extension = Extension(
        id=f"{customer}-{order:05}",
        customer_id=customer,
        number=f"+4610{4_900_000 + order}",
        name=name,
        email=None if name == cast.NO_EMAIL else known,
        services=services,
    )
    world.pbx.extensions[extension.id] = extension
    return extension


def _plain(name: str) -> str:
    """A name as the local part of an address: first.last without marks."""
    marks = unicodedata.normalize("NFKD", name.lower().replace(" ", "."))
    return "".join(each for each in marks if each.isascii())


def _fill(diary: Diary, people: list[Person], others: list[Person]) -> None:
    with_mailbox = [each for each in people if each.mailbox]
    for index, person in enumerate(with_mailbox):
        diary.ordinary(person)
        if index % 2 == 0:
            diary.weekly(person, index)
    if len(with_mailbox) > 21:
        diary.special(with_mailbox)
    for person in others:
        diary.ordinary(person)


def _accounts(world: World) -> None:
    """A Telenor ID for everybody with a subscription, and for one without; some are administrators."""
    for person in world.people.values():
        extension = world.pbx.extensions[person.extension_id or ""]
        _account(world, person.name, person.email, [Membership(extension.customer_id, False, extension.id)])
    for name, customers in cast.ADMINISTRATORS.items():
        known = world.pbx.persons.get(_ident(name))
        memberships = known.memberships if known else []
        own = {each.customer_id: each.extension_id for each in memberships}
        rights = [Membership(each, True, own.get(each)) for each in customers]
        _account(world, name, f"{_plain(name)}@{customers[0]}.test", rights)
    name, email = cast.NO_SUBSCRIPTION
    world.telenor_id.others[_ident(name)] = TelenorPerson(_ident(name), name, email)


def _account(world: World, name: str, email: str, memberships: list[Membership]) -> None:
    ident = _ident(name)
    world.pbx.persons[ident] = TelenorPerson(ident, name, email, "sv", memberships)


def _ident(name: str) -> str:
    return _plain(name).replace(".", "-")
