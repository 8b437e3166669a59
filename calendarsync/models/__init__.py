"""The rows: what a company asked for, and what One X should hold because of it."""

from .booking import SyncedBooking
from .history import HourlyFigures, Incident, Standstill, UserEvent
from .provider import Provider
from .rule import SyncRule
from .subscription import Subscription
from .user import SyncedUser

__all__ = [
    "HourlyFigures",
    "Incident",
    "Provider",
    "Standstill",
    "Subscription",
    "SyncRule",
    "SyncedBooking",
    "SyncedUser",
    "UserEvent",
]
