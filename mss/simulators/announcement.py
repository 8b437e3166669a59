"""One X's absence reasons and the Swedish sentence of its diversion announcement (*hänvisningsbesked*)."""

from datetime import datetime
from zoneinfo import ZoneInfo

LABELS = {
    "meeting": ("Möte", "Meeting"),
    "lunch": ("Lunch", "Lunch"),
    "vacation": ("Semester", "Vacation"),
    "gone_for_day": ("Gått för dagen", "Gone for the day"),
    "away": ("Frånvarande", "Away"),
    "business_trip": ("Tjänsteresa", "Business trip"),
    "off_site": ("Tjänsteärende", "Off site"),
    "course": ("Kurs", "Course"),
    "ill": ("Sjuk", "Ill"),
    "parental_leave": ("Föräldraledig", "Parental leave"),
    "time_off": ("Ledig", "Time off"),
    "home_office": ("Arbetar hemifrån", "Home office"),
    "busy": ("Upptagen", "Busy"),
}

PHRASES = {
    "meeting": "är på möte",
    "lunch": "är på lunch",
    "vacation": "har semester",
    "gone_for_day": "har gått för dagen",
    "away": "är frånvarande",
    "business_trip": "är på tjänsteresa",
    "off_site": "är ute i tjänsteärende",
    "course": "är på kurs",
    "ill": "är sjuk",
    "parental_leave": "är föräldraledig",
    "time_off": "är ledig",
    "home_office": "arbetar hemifrån",
    "busy": "är upptagen",
}

MONTHS = (
    *("januari", "februari", "mars", "april", "maj", "juni"),
    *("juli", "augusti", "september", "oktober", "november", "december"),
)


def sentence(name: str, reason: str, returns_at: datetime, at: datetime, zone: str) -> str:
    """What a caller hears at `at`: reason and time of return on the customer's clock."""
    back = spoken_return(returns_at.astimezone(ZoneInfo(zone)), at.astimezone(ZoneInfo(zone)))
    return f"{name} {PHRASES[reason]} och är åter {back}."


def spoken_return(back: datetime, now: datetime) -> str:
    """`klockan 11:00` today, else the date, with its year unless it is this one's and with the time unless the
    day begins with it."""
    if back.date() == now.date():
        return f"klockan {back:%H:%M}"
    date = f"den {back.day} {MONTHS[back.month - 1]}" + (f" {back.year}" if back.year != now.year else "")
    return date if f"{back:%H:%M}" == "00:00" else f"{date} {back:%H:%M}"
