"""Graph's directory: finding people by address, and one person by id or UPN."""

import re
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Response

from ..http import RefusalError, json_response
from ..records import Person
from .asking import Asking, bad

FIELDS: dict[str, Callable[[Person], Any]] = {
    "id": lambda person: person.id,
    "displayName": lambda person: person.name,
    "givenName": lambda person: person.given_name,
    "surname": lambda person: person.surname,
    "mail": lambda person: person.email,
    "userPrincipalName": lambda person: person.upn,
    "jobTitle": lambda person: person.title or None,
    "department": lambda person: person.department or None,
    "businessPhones": lambda person: [],
    "mobilePhone": lambda person: None,
    "officeLocation": lambda person: None,
    "preferredLanguage": lambda person: "sv-SE",
    # The primary address is told from the others by the case of its prefix.
    "proxyAddresses": lambda person: [f"SMTP:{person.email}", *(f"smtp:{each}" for each in person.aliases)],
    "accountEnabled": lambda person: True,
    "userType": lambda person: "Member",
    "otherMails": lambda person: [],
}

DEFAULT = [
    *("businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone"),
    *("officeLocation", "preferredLanguage", "surname", "userPrincipalName", "id"),
]

TEXT = r"'((?:[^']|'')*)'"
PLAIN = re.compile(rf"(mail|userPrincipalName) eq {TEXT}")
PROXY = re.compile(rf"proxyAddresses/any\((\w+):\s?\1 eq {TEXT}\)")
# An `or` inside a quoted text is part of the text.
OR = re.compile(r" or (?=(?:[^']*'[^']*')*[^']*$)")

Test = Callable[[Person], bool]


def listing(asking: Asking) -> Response:
    """Everybody in the tenant, or whom `$filter` finds."""
    asking.options()
    shown = asking.select(FIELDS, "User") or DEFAULT
    tests = _tests(asking)
    with asking.world.lock:
        people = [each for each in asking.world.people.values() if each.tenant_id == asking.tenant_id]
    found = [each for each in people if not tests or any(test(each) for test in tests)]
    page, link = asking.page(found, default=100, most=999)
    answer: dict[str, Any] = {"@odata.context": f"{asking.base}/$metadata#users"}
    if _advanced(asking):
        answer["@odata.count"] = len(found)
    return json_response(answer | {"value": [_show(each, shown) for each in page]} | link)


def single(asking: Asking, user: str) -> Response:
    """One person, with or without a mailbox."""
    asking.options()
    shown = asking.select(FIELDS, "User") or DEFAULT
    person = asking.user(user, mailbox=False)
    context = {"@odata.context": f"{asking.base}/$metadata#users/$entity"}
    return json_response(context | _show(person, shown))


def _show(person: Person, names: list[str]) -> dict[str, Any]:
    return {name: FIELDS[name](person) for name in names}


def _tests(asking: Asking) -> list[Test]:
    text = asking.request.args.get("$filter")
    return [_test(asking, each.strip()) for each in OR.split(text)] if text else []


def _test(asking: Asking, clause: str) -> Test:
    if match := PLAIN.fullmatch(clause):
        field, wanted = match[1], _unquoted(match[2])
        return lambda person: str(FIELDS[field](person)).lower() == wanted
    if match := PROXY.fullmatch(clause):
        if not _advanced(asking):
            words = "This query needs ConsistencyLevel: eventual and $count=true."
            raise bad("Request_UnsupportedQuery", words)
        wanted = match[2].replace("''", "'")
        return lambda person: any(_same(wanted, each) for each in FIELDS["proxyAddresses"](person))
    if re.match(r"\w+ eq |startswith\(|endswith\(", clause):
        raise RefusalError(501, "NotImplemented", "This $filter is not supported.")
    raise bad("Request_BadRequest", "Invalid filter clause.")


def _same(wanted: str, held: str) -> bool:
    """The kind of an address is told by the case of its prefix; the address itself knows no case."""
    return (wanted[:5], wanted[5:].lower()) == (held[:5], held[5:].lower())


def _unquoted(text: str) -> str:
    return text.replace("''", "'").lower()


def _advanced(asking: Asking) -> bool:
    eventual = asking.request.headers.get("ConsistencyLevel", "").lower() == "eventual"
    return eventual and asking.request.args.get("$count") == "true"
