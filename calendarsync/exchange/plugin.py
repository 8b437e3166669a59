"""The choice a person made for one booking in the Outlook add-in.

Office keeps an add-in's custom properties of an item in one named property, a JSON object ([MS-OXCEXT]
2.2.5), which whoever has access to the mailbox can write. Ours has one key, `choice`, and in it JSON text
again: `{"v": 1, "owner": "<smtp>", "reason": "lunch", "forwarding": "announcement"}`, or
`{"v": 1, "owner": "<smtp>", "skip": true}`.
"""

import json
from collections.abc import Collection
from typing import Any

from calendarsync.core.booking import CallForwarding, Skip, Treatment

PUBLIC_STRINGS = "00020329-0000-0000-C000-000000000046"
LONGEST = 5_000  # Office allows 2,500 characters for all properties, before escaping


def property_name(addin_id: str) -> str:
    """The property's name, the same for Graph and EWS. Graph compares it case-sensitively."""
    return f"cecp-{addin_id}"


def property_id(addin_id: str) -> str:
    """Graph's id of the property: `singleValueExtendedProperties` of an event."""
    return f"String {{{PUBLIC_STRINGS}}} Name {property_name(addin_id)}"


def choice(text: object, owners: Collection[str], reasons: Collection[str] | None) -> Treatment | Skip | None:
    """What the property says, None for anything not understood. Never raises.

    `owners`: the mailbox's addresses; a choice made in another one came with a forwarded item and does not
    count. `reasons`: the codes One X knows, None to accept any.
    """
    bag = _object(text)
    chosen = _object(bag.get("choice"))
    if chosen.get("v") != 1 or not _one_of(chosen.get("owner"), owners):
        return None
    if chosen.get("skip") is True:
        return Skip.BY_USER
    return _treatment(chosen.get("reason"), chosen.get("forwarding"), reasons)


def _treatment(reason: object, forwarding: object, reasons: Collection[str] | None) -> Treatment | None:
    if not isinstance(reason, str) or (reasons is not None and reason not in reasons):
        return None
    if not isinstance(forwarding, str) or forwarding not in set(CallForwarding):
        return None
    return Treatment(reason, CallForwarding(forwarding))


def _one_of(owner: object, owners: Collection[str]) -> bool:
    return isinstance(owner, str) and owner.casefold() in {address.casefold() for address in owners}


def _object(text: object) -> dict[str, Any]:
    if not isinstance(text, str) or len(text) > LONGEST:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
