"""Finding mailboxes by address in the directory (learn.microsoft.com/graph/api/user-list)."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from calendarsync.core.ports import Mailbox, Missing, SourceError, Unavailable
from mss.microsoft.errors import Failure
from mss.microsoft.graph import Request

from .graph_trouble import directory_trouble

SELECT = "id,mail,userPrincipalName,proxyAddresses"


def by_mail(email: str) -> Request:
    """`/users/{x}` takes an id or a user principal name, not a mail address: hence a filter."""
    value = _literal(email)
    return Request(
        f"/users?$filter={_encoded(f'mail eq {value} or userPrincipalName eq {value}')}&$select={SELECT}"
    )


def by_alias(email: str) -> Request:
    """The primary address is stored as `SMTP:…`, others as `smtp:…`. An advanced query: header and $count."""
    forms = (_literal(f"smtp:{email}"), _literal(f"SMTP:{email}"))
    condition = " or ".join(f"proxyAddresses/any(p:p eq {form})" for form in forms)
    url = f"/users?$filter={_encoded(condition)}&$select={SELECT}&$count=true"
    return Request(url, headers={"ConsistencyLevel": "eventual"})


def found(email: str, people: list[dict[str, Any]] | Failure) -> Mailbox | SourceError:
    """The one person who has the address; nobody who has not, whatever the filter let through."""
    if not isinstance(people, list):
        return directory_trouble(people)
    try:
        mailboxes = {mailbox.id: mailbox for mailbox in map(_mailbox, people) if _has(mailbox, email)}
    except (KeyError, TypeError, AttributeError):
        return Unavailable("bad_answer", "a user without id or address")
    if len(mailboxes) > 1:
        return Missing("address_ambiguous")
    return next(iter(mailboxes.values()), None) or Missing("mailbox_not_found")


def nobody(answer: Mailbox | SourceError) -> bool:
    return isinstance(answer, Missing) and answer.code == "mailbox_not_found"


def _mailbox(person: Mapping[str, Any]) -> Mailbox:
    if not isinstance(person["id"], str):
        raise TypeError
    email: str = person.get("mail") or person["userPrincipalName"]
    proxies: Sequence[str] = person.get("proxyAddresses") or ()
    addresses = [proxy[len("smtp:") :] for proxy in proxies if proxy.lower().startswith("smtp:")]
    others = {address.lower() for address in (person.get("userPrincipalName"), *addresses) if address}
    return Mailbox(person["id"], email, tuple(sorted(others - {email.lower()})))


def _has(mailbox: Mailbox, email: str) -> bool:
    return email.strip().lower() in {mailbox.email.lower(), *mailbox.aliases}


def _literal(text: str) -> str:
    return "'" + text.strip().replace("'", "''") + "'"


def _encoded(condition: str) -> str:
    return quote(condition, safe="", errors="replace")
