"""What Microsoft refuses. "Try later" is `mss.wire.TryLater`."""

from mss.wire import CallError, TryLater


class TokenRefused(CallError):  # noqa: N818 - as mss.wire.TryLater
    """No token for this tenant until somebody mends it.

    `kind`: consent_revoked, app_disabled, tenant_gone, service_missing, blocked_by_policy or our_credentials.
    `code`: the AADSTS number, 0 where there is none.
    """

    def __init__(self, kind: str, code: int = 0) -> None:
        super().__init__(kind, code)
        self.kind = kind
        self.code = code


class GraphRefused(CallError):  # noqa: N818
    """Graph answered 4xx. `code`: its `error.code`, lower case. `whole`: the call, not a part of a batch."""

    def __init__(self, status: int, code: str = "", *, whole: bool = False) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code
        self.whole = whole

    def __str__(self) -> str:
        return f"{self.status} {self.code}".strip()


Failure = TryLater | TokenRefused | GraphRefused
FAILURES = (TryLater, TokenRefused, GraphRefused)
