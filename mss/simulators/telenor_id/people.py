"""Who can sign in with Telenor ID, and what their rights at One X are, which may change at any moment."""

from ..telephony import Membership, TelenorPerson
from ..world import World


def everybody(world: World) -> list[TelenorPerson]:
    """Who has a One X subscription, then who has none."""
    with world.lock:
        return [*world.pbx.persons.values(), *world.telenor_id.others.values()]


def find(world: World, telenor_id: str) -> TelenorPerson | None:
    return world.pbx.persons.get(telenor_id) or world.telenor_id.others.get(telenor_id)


def administers(person: TelenorPerson) -> list[str]:
    """The customers."""
    return [each.customer_id for each in person.memberships if each.administrator]


def set_administrator(world: World, telenor_id: str, customer_id: str, administrator: bool) -> TelenorPerson:
    """Give or take the rights of one customer, also one the person did not belong to. Raises KeyError."""
    with world.lock:
        person, customer = world.pbx.persons[telenor_id], world.pbx.customers[customer_id]
        membership = next((each for each in person.memberships if each.customer_id == customer.id), None)
        if membership is None:
            membership = Membership(customer.id)
            person.memberships.append(membership)
        membership.administrator = administrator
        world.touch()
    return person


def end_subscription(world: World, telenor_id: str) -> TelenorPerson:
    """One X no longer knows the person; the Telenor ID account is left. Raises KeyError."""
    with world.lock:
        person = world.pbx.persons.pop(telenor_id)
        person.memberships = []
        world.telenor_id.others[telenor_id] = person
        world.touch()
    return person
