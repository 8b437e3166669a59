"""What Microsoft says about some users of one provider. No transaction is open here, and nothing is written."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from . import connect
from .core.ports import CalendarSource, Mailbox, PortError, Reading, Refused, SourceError, Unavailable
from .core.window import window
from .models import Provider, SyncedUser

Result = Reading | SourceError


def read(
    provider: Provider,
    users: Sequence[SyncedUser],
    now: datetime,
    renew: Callable[[], object] = lambda: None,
) -> dict[int, Result]:
    """Answers by user id. An error is that user's alone, or everybody's. `renew` is called between slow steps.

    Sets `mailbox_id` and `addresses` of users whose mailbox was not known yet."""
    if not users:
        return {}
    try:
        return dict(_read(provider, users, now, renew))
    except (Unavailable, Refused) as error:
        return {user.pk: error for user in users}


def _read(
    provider: Provider, users: Sequence[SyncedUser], now: datetime, renew: Callable[[], object]
) -> Iterator[tuple[int, Result]]:
    source = connect.source(provider)
    yield from _find(source, [user for user in users if not user.mailbox_id])
    by_mailbox = {user.mailbox_id: user for user in users if user.mailbox_id}
    view = window(now, provider.days_ahead, connect.zone(provider.company))
    renew()
    for mailbox, result in source.read([_mailbox(user) for user in by_mailbox.values()], view):
        yield by_mailbox[mailbox.id].pk, result
    renew()


def _mailbox(user: SyncedUser) -> Mailbox:
    return Mailbox(user.mailbox_id, user.email, tuple(user.addresses))


def _find(source: CalendarSource, users: Sequence[SyncedUser]) -> Iterator[tuple[int, Result]]:
    """Look up mailboxes not known yet; who is not found is yielded with the reason."""
    by_email = {user.email: user for user in users}
    if not by_email:
        return
    for email, answer in source.find(list(by_email)):
        if isinstance(answer, PortError):
            yield by_email[email].pk, answer
        else:
            keep_mailbox(by_email[email], answer)


def keep_mailbox(user: SyncedUser, mailbox: Mailbox) -> None:
    """Microsoft's id from now on; all addresses, because a choice names its owner by any of them."""
    user.mailbox_id = mailbox.id
    user.addresses = sorted({a.lower() for a in (mailbox.email, *mailbox.aliases, user.email) if a})
