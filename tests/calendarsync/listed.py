"""What the tests of *Användare* share: two instances, one with two users and an empty one, and how a page is read."""

import re
from typing import Any

import pytest
from django.urls import reverse

from calendarsync.models import Provider, SyncedUser

from .factories import add_provider
from .judged import judged

HTML = re.compile(r"<[^>]*>|\s+")
ANNA, BERTIL, CECILIA = (f"{name}@contoso.test" for name in ("anna", "bertil", "cecilia"))
FILIP = "filip@fabrikam.test"


@pytest.fixture
def provider(db, move_to, world, tmp_path):
    return add_provider(world, tmp_path, "--active", users=(ANNA, BERTIL))


@pytest.fixture
def empty(db, move_to, world, tmp_path):
    return add_provider(world, tmp_path, "--active")


@pytest.fixture
def anna(move_to, signed_in):
    return judged(signed_in("anna"))


@pytest.fixture
def crowd(empty):
    """Fills the list; each is named, and has a number of their own."""

    def crowd(*names: str) -> None:
        first = SyncedUser.objects.count()
        SyncedUser.objects.bulk_create(
            SyncedUser(
                company=empty.company,
                provider=empty,
                name=name,
                email=f"{place}@contoso.test",
                extension=f"e{place}",
                number=f"+46701{place:06}",
            )
            for place, name in enumerate(names, start=first)
        )

    return crowd


def url(provider: Provider, name: str = "user-list", *more: int) -> str:
    return reverse(f"calendarsync:{name}", args=[provider.pk, *more])


def words(answer: Any) -> str:
    return " ".join(HTML.sub(" ", answer.content.decode()).split())


def names(answer: Any) -> list[str]:
    return [str(line.user) for line in answer.context["lines"]]


def found(client: Any, provider: Provider, q: str) -> list[str]:
    return names(client.get(url(provider), {"q": q}))


def person(provider: Provider, extension: str = "anna") -> SyncedUser:
    return provider.users.get(extension=extension)
