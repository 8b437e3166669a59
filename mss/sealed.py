"""Secrets at rest: Fernet under the keys of FIELD_KEYS, newest first; an older one still opens what it sealed."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class LostKeyError(Exception):
    """No key of FIELD_KEYS opens it."""


def seal(text: str) -> str:
    return _box().encrypt(text.encode()).decode()


def reveal(sealed: str) -> str:
    """Raises LostKeyError."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise LostKeyError("FIELD_KEYS lacks the key that sealed this") from None


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])
