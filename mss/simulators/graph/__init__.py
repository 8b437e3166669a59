"""Microsoft Graph v1.0, as far as this world has it: users, calendars, subscriptions, `$batch`."""

from .face import face

__all__ = ["face"]
