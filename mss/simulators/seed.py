"""A believable world from a fixed seed: Contoso AB, Fabrikam AB, and who administers them."""

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
    _administrators(world)
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


def _administrators(world: World) -> None:
    """Karin administers both companies; Anna her own; Gunilla has a subscription and no rights."""
    ids = {each.name: each.extension_id for each in world.people.values()}
    karin = [Membership("contoso", True, ids.get("Karin Nyström")), Membership("fabrikam", True)]
    for name, memberships in (
        ("Karin Nyström", karin),
        ("Anna Berg", [Membership("contoso", True, ids.get("Anna Berg"))]),
        ("Agneta Strömberg", [Membership("fabrikam", True, ids.get("Agneta Strömberg"))]),
        ("Gunilla Mårtensson", [Membership("contoso", False, ids.get("Gunilla Mårtensson"))]),
    ):
        ident = _plain(name).replace(".", "-")
        email = f"{_plain(name)}@{memberships[0].customer_id}.test"
        world.pbx.persons[ident] = TelenorPerson(ident, name, email, "sv", memberships)
