"""What Graph's refusals mean to us (learn.microsoft.com/graph/errors; some mailbox codes are seen only)."""

from calendarsync.core.ports import Missing, Refused, SourceError, Unavailable
from mss.microsoft.errors import Failure, GraphRefused, TokenRefused
from mss.wire import TryLater

# 404: one family to us. A guest gets now one, now the other.
NO_MAILBOX = {
    "mailboxnotenabledforrestapi",
    "mailboxnothostedinexchangeonline",
    "errornonexistentmailbox",
    "errorinvaliduser",
    "resourcenotfound",
}
# 401 that is about the mailbox, not about the token.
DENIED = {"authorization_requestdenied", "erroraccessdenied", "accessdenied"}


def trouble(failure: Failure) -> SourceError:
    """For a call about one mailbox. 401 comes here only after a new token did not help."""
    if isinstance(failure, TryLater):
        return Unavailable(failure.code, failure.detail, failure.retry_after)
    if isinstance(failure, TokenRefused):
        return Refused(failure.kind, f"AADSTS{failure.code}")
    if failure.whole and failure.status in {401, 403}:
        return Refused("permission_missing", str(failure))
    return _of_one(failure)


def directory_trouble(failure: Failure) -> SourceError:
    """For a look-up in the directory, where a refusal concerns the permission, not a person."""
    if isinstance(failure, GraphRefused) and failure.status in {401, 403}:
        return Refused("permission_missing", str(failure))
    return trouble(failure)


def _of_one(failure: GraphRefused) -> SourceError:
    detail = str(failure)
    if failure.status == 403 or (failure.status == 401 and failure.code in DENIED):
        return Missing("mailbox_denied", detail)
    if failure.status == 401:
        return Refused("permission_missing", detail)
    if failure.status == 404:
        return Missing("no_mailbox" if failure.code in NO_MAILBOX else "mailbox_not_found", detail)
    # 400, 409, 501 …: a request Graph does not understand. Ours to mend; nothing is known about the mailbox.
    return Unavailable("server_error", detail)
