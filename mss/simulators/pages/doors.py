"""The three doors to Microsoft Sync: Mitt Företag, Mitt abonnemang and One X, behind Telenor ID."""

from collections.abc import Callable
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import NotFound

from ..addresses import addresses_of
from ..pbx import Customer, Extension
from ..telenor_id import people
from ..telephony import TelenorPerson
from ..world import World
from .page import render, see
from .picker import rights
from .signin import session_of

View = Callable[..., Response]

# The other items of One X's bar, and what the real ones are.
PLACES = {
    "telefonist": (
        "Telefonist",
        "Här besvarar telefonisten samtal, söker i telefonboken, ser vem som är frånvarande och kopplar vidare.",
    ),
    "statistik": (
        "One X Statistics",
        "Här finns statistik över företagets samtal: svarstider, missade samtal och belastning över dagen.",
    ),
    "wallboard": (
        "Wallboard",
        "Här visas svarsgruppernas köer och inloggade medarbetare just nu, för en skärm på väggen.",
    ),
}


def behind_telenor_id(view: View) -> View:
    """The view with who is signed in; who is not comes back here after signing in."""

    def guarded(world: World, request: Request, **values: str) -> Response:
        session = session_of(world, request)
        person = people.find(world, session.telenor_id) if session else None
        if person is None:
            return see("/telenor-id/logga-in", next=request.path)
        return view(world, request, person, **values)

    return guarded


@behind_telenor_id
def my_business(world: World, request: Request, person: TelenorPerson) -> Response:
    """*Mitt Företag*, its view for administrators."""
    return door(
        world, request, "mitt_foretag", person, companies=companies(world, people.administers(person))
    )


@behind_telenor_id
def my_subscription(world: World, request: Request, person: TelenorPerson) -> Response:
    """*Mitt abonnemang*: the person's own, one a company."""
    return door(world, request, "mitt_abonnemang", person)


@behind_telenor_id
def one_x(world: World, request: Request, person: TelenorPerson) -> Response:
    """*One X*."""
    belongs_to = companies(world, [each.customer_id for each in person.memberships])
    return door(world, request, "onex", person, companies=belongs_to)


@behind_telenor_id
def place(world: World, request: Request, person: TelenorPerson, name: str) -> Response:
    """Another item of One X's bar."""
    if name not in PLACES:
        raise NotFound
    title, what = PLACES[name]
    return door(world, request, "onex_place", person, title=title, what=what, place=name)


def door(world: World, request: Request, template: str, person: TelenorPerson, **words: Any) -> Response:
    return render(
        request,
        template,
        now=world.now(),
        telenor=person,
        rights=rights(world, person),
        subscriptions=subscriptions(world, person),
        places={name: title for name, (title, _) in PLACES.items()},
        start=f"{addresses_of(request).product}/start/",
        **words,
    )


def companies(world: World, customers: list[str]) -> list[Customer]:
    return [world.pbx.customers[each] for each in customers]


def subscriptions(world: World, person: TelenorPerson) -> list[tuple[Customer, Extension]]:
    """The company and the extension of each."""
    found = [world.pbx.extensions.get(each.extension_id or "") for each in person.memberships]
    return [(world.pbx.customers[each.customer_id], each) for each in found if each]
