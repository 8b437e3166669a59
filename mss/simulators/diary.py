"""What stands in the calendars of the seeded world: five weeks of ordinary work, and all that bites."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from .records import Event, Person
from .world import World

STOCKHOLM = ZoneInfo("Europe/Stockholm")
BEFORE, AFTER = 14, 21  # days around now
ORDINARY = 11  # single bookings of each person

SUBJECTS = (
    *(
        "Projektmöte Vättern",
        "Budgetgenomgång",
        "Kundbesök hos Litware",
        "Enskilt samtal",
        "Lunch med Fabrikam",
    ),
    *("Planering av nästa kvartal", "Intervju", "Leverantörsmöte", "Tandläkare", "Genomgång av avtal"),
    *("Demo för ledningen", "Felanmälan, uppföljning", "Skyddsrond", "Workshop om arbetssätt", "Fokustid"),
)
# What nobody but the owner may ever see: no other booking is called so.
PRIVATE = ("Läkarbesök", "Lönesamtal", "Bankmöte", "Träning")
ROOMS = ("Mälaren", "Vänern", "Vättern", "Hjälmaren", "Siljan", "Teams")
# How calendars are filled: mostly busy.
SHOW_AS = ["busy"] * 12 + ["tentative"] * 3 + ["oof"] * 2 + ["workingElsewhere"] * 2 + ["free"] * 2


class Diary:
    """Fills calendars around a moment; the same moment and seed fill them alike."""

    def __init__(self, world: World, now: datetime, seed: int) -> None:
        self.world = world
        self.today = now.astimezone(STOCKHOLM).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        self.chance = random.Random(seed)
        self.count = 0

    def at(self, days: int, hour: float) -> datetime:
        """A local time on the working day at or after so many days from today."""
        day = self.today + timedelta(days=days)
        day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
        return (day + timedelta(hours=hour)).replace(tzinfo=STOCKHOLM).astimezone(UTC)

    def book(
        self, person: Person, subject: str, days: int, hour: float, hours: float, **fields: object
    ) -> Event:
        start = self.at(days, hour)
        return self.world.book(
            person.id, subject, start, start + timedelta(hours=hours), **self.text() | fields
        )

    def text(self) -> dict[str, object]:
        """Body and location: what the product must never ask for, marked so that it is found if it does."""
        self.count += 1
        room = self.chance.choice(ROOMS)
        return {
            "body": f"Dagordning {self.count}: läget, beslut, nästa steg. KANARIE-BODY",
            "location": f"{room} (KANARIE-PLATS)",
        }

    def ordinary(self, person: Person) -> None:
        """Single bookings in working hours; one in twelve is private."""
        for _ in range(ORDINARY):
            days, hour = self.chance.randrange(-BEFORE, AFTER), self.chance.randrange(16, 33) / 2
            private = self.chance.random() < 1 / 12
            subject = PRIVATE[0] if private else self.chance.choice(SUBJECTS)
            self.book(
                person,
                subject,
                days,
                hour,
                self.chance.choice((0.5, 1, 1, 1.5, 2)),
                show_as=self.chance.choice(SHOW_AS),
                sensitivity="private" if private else "normal",
            )

    def weekly(self, person: Person, index: int) -> None:
        """A weekly meeting, one occurrence of which is moved, and for some one deleted or cancelled."""
        start = self.at(index % 5 - BEFORE, 9 + index % 3)
        end = start + timedelta(hours=1)
        _, *series = self.world.book_series(person.id, "Veckomöte", start, end, 7, 5, **self.text())
        moved = series[3]
        hour = timedelta(hours=1)
        self.world.change(moved.id, starts_at=moved.starts_at + hour, ends_at=moved.ends_at + hour)
        if index % 3 == 0:
            self.world.delete(series[4].id)
        elif index % 3 == 1:
            self.world.change(series[4].id, cancelled=True)

    def special(self, people: Sequence[Person]) -> None:
        """One or two of everything that bites."""
        self._whole_days(people)
        self._neighbours(people)
        self._states(people)
        self._texts(people)
        self._choices(people)

    def _whole_days(self, people: Sequence[Person]) -> None:
        for index, (subject, days, length, show_as) in enumerate(
            (
                ("Semester", 3, 5, "oof"),
                ("Utbildning i Göteborg", 1, 2, "oof"),
                ("Arbetar hemifrån", 2, 1, "workingElsewhere"),
                ("Mässa", 8, 3, "busy"),
                ("Födelsedag", 5, 1, "free"),
            )
        ):
            start = self.at(days, 0).astimezone(STOCKHOLM)
            end, owner = start + timedelta(days=length), people[index * 3]
            self.world.book(owner.id, subject, start, end, all_day=True, show_as=show_as, **self.text())
        self.book(people[4], "Driftsättning över natten", 2, 22, 6)
        self.book(people[19], "Jour", 4, 20, 12)

    def _neighbours(self, people: Sequence[Person]) -> None:
        for person in (people[0], people[9]):
            self.book(person, "Avstämning", 1, 10, 1)
            self.book(person, "Kundmöte", 1, 11, 1)
        self.book(people[2], "Bokslut", 1, 9, 3)
        self.book(people[2], "Fråga om moms", 1, 10, 0.5)
        self.book(people[5], "Styrgrupp", 2, 13, 2)
        self.book(people[5], "Telefonmöte", 2, 14, 2)
        for _ in range(2):
            self.book(people[7], "Dubbelbokat möte", 3, 9, 1)

    def _states(self, people: Sequence[Person]) -> None:
        self.book(people[1], "Bankmöte", 1, 13, 1, sensitivity="private")
        self.book(people[3], "Lönesamtal", 2, 9, 1, sensitivity="confidential")
        self.book(people[8], "Träning", 1, 12, 1, sensitivity="personal", show_as="oof")
        self.book(people[6], "Inbjudan, ej besvarad", 1, 15, 1, show_as="tentative", response="notResponded")
        self.book(people[6], "Avböjt möte", 2, 15, 1, response="declined")
        self.book(people[10], "Inställt: Kickoff", 2, 13, 3, cancelled=True, response="accepted")
        self.book(people[11], "Påminnelse", 1, 9, 0)
        self.book(people[12], "Okänd status", 1, 10, 1, show_as="unknown")

    def _texts(self, people: Sequence[Person]) -> None:
        self.book(people[13], "🎉 Avslutning för Åsa 👩🏽‍💻 & vänner", 1, 14, 1)
        self.book(people[14], "Mycket lång rubrik. " * 20, 1, 9, 1)
        self.book(people[15], "<script>alert('x')</script> & \"citat\"", 2, 10, 1)
        self.book(people[16], "Call with New York", 1, 15, 1, zone="Eastern Standard Time")
        self.book(people[17], "東京オフィスとの会議", 2, 8, 1, zone="Tokyo Standard Time")
        self.book(people[18], "Eget tidszonsnamn", 3, 11, 1, zone="tzone://Microsoft/Custom")

    def _choices(self, people: Sequence[Person]) -> None:
        chosen = self.book(people[0], "Lunch på stan", 2, 12, 1)
        self.world.set_choice(chosen.id, reason="lunch", forwarding="announcement")
        skipped = self.book(people[1], "Blockerad tid", 2, 9, 2)
        self.world.set_choice(skipped.id, skip=True)
        course = self.book(people[20], "Språkkurs", 3, 13, 2)
        self.world.set_choice(course.id, reason="course", forwarding="none")
        # What is left behind by an older add-in, or by a forwarded invitation.
        torn = self.book(people[21], "Trasigt val", 2, 10, 1)
        self.world.change(torn.id, choice='{"choice": "{\\"v\\": 1, ')
