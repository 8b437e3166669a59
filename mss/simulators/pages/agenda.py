"""What One X holds of a person from now on, as the panel of Spelplanen and the tab *Kalender* show it."""

from datetime import datetime
from typing import Any

from ..world import World
from .page import by_day
from .words import first_day


def agenda(world: World, extension_id: str, now: datetime) -> dict[str, Any]:
    """`agenda`: what is under way and coming, by day; `running`: of it what is under way, `active` the one of
    those that decides."""
    running = world.pbx.under_way(extension_id, now)
    shown = sorted(running, key=lambda each: each.starts_at) + world.pbx.coming(extension_id, now)
    return {
        "active": running[0] if running else None,
        "running": running,
        "agenda": by_day(shown, first_day),
    }
