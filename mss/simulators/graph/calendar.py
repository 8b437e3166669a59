"""Graph's calendars: the view of a window, the events of a mailbox, one event."""

import re
from collections.abc import Sequence
from typing import Any

from werkzeug.wrappers import Response

from ..http import RefusalError, json_response
from ..records import Event
from ..wire import decode
from .asking import Asking, bad
from .event import FIELDS, UNSELECTABLE_IN_VIEW, Show

PAGE = 10
MOST = 1000

PROPERTY = r"'(String \{00020329-0000-0000-[cC]000-000000000046\} Name [^']+)'"
EXPAND = re.compile(rf"singleValueExtendedProperties\(\$filter=id eq {PROPERTY}\)")
HAS_PROPERTY = re.compile(
    rf"singleValueExtendedProperties/[Aa]ny\((\w+):\s?\1/id eq {PROPERTY} and \1/value ne null\)"
)


def calendar_view(asking: Asking, user: str) -> Response:
    """What overlaps the window, without series masters, by start."""
    asking.options()
    person = asking.user(user)
    start, end = asking.moment("startDateTime"), asking.moment("endDateTime")
    if end < start:
        raise bad("ErrorInvalidParameter", "EndDateTime is before StartDateTime.")
    _plain_order(asking)
    if "$filter" in asking.request.args:
        raise RefusalError(501, "NotImplemented", "This $filter is not supported.")
    show = _show(asking, refused=UNSELECTABLE_IN_VIEW, expand=asking.world.expand_on_calendar_view)
    return _listing(asking, show, asking.world.events_of(person.id, start, end), "calendarView")


def events(asking: Asking, user: str) -> Response:
    """Single instances and masters; with the documented filter, every item that has the property.

    A liberty: exceptions with a property of their own are found too, as a search of the mailbox would hope.
    """
    asking.options()
    person = asking.user(user)
    _plain_order(asking)
    show, every = _show(asking), asking.world.calendar(person.id)
    if "$filter" in asking.request.args:
        name = _filtered_property(asking)
        found = [each for each in every if each.choice and _names_bag(asking, name)]
    else:
        found = [each for each in every if each.kind in ("singleInstance", "seriesMaster")]
    return _listing(asking, show, sorted(found, key=lambda each: (each.span, each.id)), "events")


def event(asking: Asking, user: str, event: str) -> Response:
    """One event, by either form of its id; an ordinary one from before a move between folders is gone."""
    asking.options()
    person = asking.user(user)
    try:
        ident, moves = decode(event)
    except ValueError as error:
        raise bad("ErrorInvalidIdMalformed", "Id is malformed.") from error
    found = asking.world.events.get(ident)
    if found is None or found.person_id != person.id or moves not in (None, found.moves):
        raise RefusalError(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    context = {"@odata.context": f"{asking.base}/$metadata#users('{person.id}')/events/$entity"}
    return _applied(asking, json_response(context | _show(asking)(found)))


def _show(asking: Asking, refused: Sequence[str] = (), expand: bool = True) -> Show:
    select = asking.select(FIELDS, "Event", refused)
    bag = _expanded_property(asking) if "$expand" in asking.request.args else None
    shown = bag if expand and bag and _names_bag(asking, bag) else None
    return Show(select, shown, asking.immutable_ids, *asking.zone, asking.world)


def _listing(asking: Asking, show: Show, found: Sequence[Event], name: str) -> Response:
    page, link = asking.page(found, PAGE, MOST)
    context = f"{asking.base}/$metadata#users('{asking.request.path.split('/')[3]}')/{name}"
    answer: dict[str, Any] = {"@odata.context": context}
    if asking.request.args.get("$count") == "true":
        answer["@odata.count"] = len(found)
    return _applied(asking, json_response(answer | {"value": [show(each) for each in page]} | link))


def _applied(asking: Asking, response: Response) -> Response:
    """Say which preferences were heard."""
    heard = ['IdType="ImmutableId"'] if asking.immutable_ids else []
    if "outlook.timezone" in asking.preferences:
        heard.append(f'outlook.timezone="{asking.preferences["outlook.timezone"]}"')
    if heard:
        response.headers["Preference-Applied"] = ", ".join(heard)
    return response


def _plain_order(asking: Asking) -> None:
    if asking.request.args.get("$orderby", "start/dateTime").removesuffix(" asc") != "start/dateTime":
        raise RefusalError(501, "NotImplemented", "This $orderby is not supported.")


def _expanded_property(asking: Asking) -> str:
    match = EXPAND.fullmatch(asking.request.args["$expand"])
    if match is None:
        raise bad("RequestBroker--ParseUri", "The $expand is not supported.")
    return match[1]


def _filtered_property(asking: Asking) -> str:
    match = HAS_PROPERTY.fullmatch(asking.request.args["$filter"])
    if match is None:
        raise RefusalError(501, "NotImplemented", "This $filter is not supported.")
    return match[2]


def _names_bag(asking: Asking, name: str) -> bool:
    """The name part is case-sensitive."""
    return name.partition(" Name ")[2] == f"cecp-{asking.world.secrets.addin_id}"
