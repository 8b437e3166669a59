"""`make demo`: the simulated world, the web process and the engine in one terminal, ended together.

Everything is set up as at a delivery: by the commands, over the wire. No row is set by hand.
"""

import csv
import os
import shlex
import signal
import subprocess
import sys
from argparse import SUPPRESS
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.db.models import Exists, OuterRef
from django.utils import timezone
from honcho.manager import SIGNALS, Manager
from honcho.printer import Printer

from accounts.models import User
from calendarsync.models import Provider, SyncedBooking, SyncedUser
from mss import leash, stage
from mss.onex.client import OneX

COMPANIES = {"contoso": "contoso.test", "fabrikam": "fabrikam.test"}  # One X's customer, Microsoft's domain
PARTLY = 3  # somebody could not be added; who, the command has said
AN_HOUR = timedelta(hours=1)

STAFF = "telenor"

WELCOME = """
The administrator's portal            {portal}/  (come in at {pages}/mittforetag/)
Telenor's admin                       {portal}/admin/  ({staff}, password {password})
                                      The first sign-in asks for a second factor: have an authenticator app at hand.
Outlook, and what One X makes of it   {pages}/?{person}
The directory (telefonboken)          {pages}/telefonboken/contoso/
Call somebody                         {pages}/ring/?{number}
Why a day is what it is               make manage ARGS="explain {email}"

Three things to try on the first page:
 1. Press "Möte nu, 30 min": {name} is at a meeting in One X, and a caller hears until when.
 2. Make that booking private, or delete it: {name} is available again.
 3. Book something for tomorrow: it stands under Kalender, and nothing is active now.

Each change that reaches One X is a line below. Ctrl-C ends everything.
"""


class Command(BaseCommand):
    help = "Run the whole service on this machine, against a simulated Microsoft and One X."
    requires_system_checks = []  # the addresses they look at are known when the world has started

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--users", type=int, metavar="N", help="people at Contoso (40)")
        parser.add_argument("--keep", action="store_true", help="go on where the last demo ended")
        # Each child prepares itself and then becomes its program.
        parser.add_argument("--step", choices=["web", "engine"], help=SUPPRESS)

    def handle(self, *, step: str | None, keep: bool, users: int | None, **options: Any) -> None:
        if step:
            leash.follow()
            os.environ.update(stage.wait_for_world())
            become(web() if step == "web" else self.engine())
        signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
        try:
            lock = leash.take(stage.LOCK)
        except BlockingIOError:
            raise CommandError("another demo is running in this folder; end that one first.") from None
        if "MAKELEVEL" in os.environ:
            leash.follow_parent()
        with lock:
            self.stand(stage.begin(keep), users)

    def stand(self, kept: dict[str, str], users: int | None) -> None:
        """Until Ctrl-C, which is success, or until a child ends, which is not."""
        manager = Manager(Printer(sys.stdout, time_format=""))  # the engine's lines have their own
        for name, command in children(kept, users).items():
            line = f"exec {shlex.join(command)}"
            manager.add_process(name, line, env=stage.environment(kept), cwd=str(stage.ROOT))
        manager.loop()
        if manager.returncode not in {asked["rc"] for asked in SIGNALS.values()}:
            raise CommandError("one of the three ended by itself (see above), so the others were ended too.")

    def engine(self) -> list[str]:
        stage.tell_shells()
        call_command("migrate", verbosity=0)
        employ()
        for customer in COMPANIES:
            if not Provider.objects.filter(company__customer=customer).exists():
                deliver(customer)
        self.first_reading()
        stage.wait_for_web(os.environ["PUBLIC_URL"])
        run("renewsubscriptions")  # before anybody is told to book something: from now on each change knocks
        self.welcome()
        return manage("sync", "--watch")

    def first_reading(self) -> None:
        """Of everybody, so that its many lines do not bury where to go. People without a mailbox fail, rightly."""
        done = subprocess.run(manage("sync"), capture_output=True, text=True, check=False)  # noqa: S603 (as in run)
        self.stdout.write(done.stdout + done.stderr.replace("CommandError: ", ""))
        if done.returncode == PARTLY:
            self.stdout.write("That is as it should be: in this world, too, some have no mailbox.")

    def welcome(self) -> None:
        """Where to go, with somebody to try it on who is available meanwhile."""
        people = SyncedUser.objects.filter(company__customer="contoso", diversion=True).exclude(mailbox_id="")
        now = timezone.now()
        busy = SyncedBooking.objects.filter(
            synced_user=OuterRef("pk"), starts_at__lt=now + AN_HOUR, ends_at__gt=now
        )
        if who := people.order_by(Exists(busy), "pk").first():
            person, number = httpx.QueryParams(person=who.email), httpx.QueryParams(number=who.number)
            pages = f"http://127.0.0.1:{os.environ['PAGES_PORT']}"
            ours = {"portal": settings.PUBLIC_URL, "staff": STAFF, "password": os.environ["STAFF_PASSWORD"]}
            told = {"pages": pages, "name": who.name, "email": who.email, "person": person, "number": number}
            self.stdout.write(WELCOME.format(**ours, **told))


def children(kept: dict[str, str], users: int | None) -> dict[str, list[str]]:
    ports = ["--port", kept["WORLD_PORT"], "--pages-port", kept["PAGES_PORT"]]
    ports += ["--product", f"http://127.0.0.1:{kept['WEB_PORT']}"]
    files = ["--state", str(stage.FOLDER), "--environment", str(stage.WORLD_READY)]
    people = ["--users", str(users)] if users else []
    return {
        "world": manage("simulate", *ports, *files, *people, "--keep"),
        "web": manage("demo", "--step", "web"),
        "engine": manage("demo", "--step", "engine"),
    }


def employ() -> None:
    """Telenor's own account, as operations make one."""
    if settings.DEBUG and not User.objects.filter(username=STAFF).exists():
        os.environ["DJANGO_SUPERUSER_PASSWORD"] = os.environ["STAFF_PASSWORD"]
        who = ["--username", STAFF, "--email", f"{STAFF}@telenor.test"]
        call_command("createsuperuser", "--noinput", *who, verbosity=0)


def deliver(customer: str) -> None:
    """What Telenor does for a new customer: an instance, a rule that diverts, everybody with an address."""
    users = stage.FOLDER / f"{customer}.csv"
    with users.open("w", newline="") as file:
        csv.writer(file).writerows([["e-post"], *([email] for email in addresses(customer))])
    instance = ["--customer", customer, "--kind", "exchange_online", "--name", "Office 365"]
    instance += ["--tenant", tenant_id(COMPANIES[customer]), "--users", str(users)]
    choices = ["--plugin", "--titles", "--rule", "busy=meeting:announcement", "--active"]
    if (code := run("addprovider", *instance, *choices)) not in {0, PARTLY}:
        raise CommandError(f"{customer} could not be set up.", returncode=code)


def addresses(customer: str) -> Iterator[str]:
    with httpx.Client() as http:
        onex = OneX(os.environ["ONEX_URL"], os.environ["ONEX_TOKEN"], http)
        yield from (each["email"] for each in onex.extensions(customer) if each["email"])


def tenant_id(domain: str) -> str:
    """Microsoft's id of the organisation that owns a domain: its OpenID configuration names it as issuer."""
    authority = os.environ["MICROSOFT_AUTHORITY"]
    answer = httpx.get(f"{authority}/{domain}/v2.0/.well-known/openid-configuration").raise_for_status()
    return str(answer.json()["issuer"]).rstrip("/").split("/")[-2]


def run(*arguments: str) -> int:
    """The exit code of a command of ours, in a process whose settings begin with the world's addresses."""
    return subprocess.run(manage(*arguments), check=False).returncode  # noqa: S603 (no input from outside)


def web() -> list[str]:
    hurry = ["--graceful-timeout", "2"]  # open connections of the world may not hold up Ctrl-C
    return [sys.executable, "-m", "gunicorn", "--config", "python:mss.gunicorn", *hurry, "mss.wsgi"]


def manage(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


def become(command: list[str]) -> None:
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606 (no shell is the point)
