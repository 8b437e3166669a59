"""The environment, read by django-environ; a value that cannot be read is refused by name, with a hint."""

import warnings
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

HINTS: dict[Any, str] = {
    int: "a whole number, such as 2",
    bool: "True or False",
    list: "values with commas between",
    dict: "NAME=VALUE pairs with commas between",
    "db_url": "an address such as postgres://user:password@host/name",
    "cache_url": "an address such as redis://host:6379/1",
    "email_url": "an address such as smtp+tls://user:password@host:587",
}
BOOLEANS = (*environ.Env.BOOLEAN_TRUE_STRINGS, "false", "off", "n", "no", "0", "")


class Environment(environ.Env):  # type: ignore[misc]
    """Raises ImproperlyConfigured: `NAME: what is expected`. The value is not shown: it may be a secret."""

    def get_value(self, var: str, cast: Any = None, *args: Any, **kwargs: Any) -> Any:
        raw = self.ENVIRON.get(var)
        if cast is bool and raw is not None and raw.lower() not in BOOLEANS:
            raise _refusal(var, cast)
        try:
            return super().get_value(var, cast, *args, **kwargs)
        except (ValueError, TypeError):
            raise _refusal(var, cast) from None

    def address(self, var: str, default: str, kind: str) -> dict[str, Any]:
        """A database, cache or mail server (`kind` is `db_url`, `cache_url` or `email_url`)."""
        try:
            with warnings.catch_warnings(
                action="ignore"
            ):  # environ's own shows what it read, password and all
                found: dict[str, Any] = getattr(self, kind)(var, default=default)
        except (ImproperlyConfigured, ValueError, KeyError, TypeError):
            raise _refusal(var, kind) from None
        if not (found.get("ENGINE") or found.get("BACKEND") or found.get("EMAIL_BACKEND")):
            raise _refusal(var, kind)
        return found


def _refusal(var: str, cast: Any) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{var} cannot be read: write {HINTS.get(cast, 'another value')}.")
