"""Django's sessions in the database, for keys that are keys: PostgreSQL would raise on a NUL in a cookie."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


class SessionStore(DatabaseStore):
    def _validate_session_key(self, key: Any) -> bool:
        return isinstance(key, str) and len(key) >= 8 and key.isascii() and key.isalnum()
