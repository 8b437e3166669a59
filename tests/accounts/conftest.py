"""A moment that stands still, and somebody of the staff."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User

from .staffing import PASSWORD, set_up


@pytest.fixture
def clock(settings):
    """A fresh cache, where attempts are counted, and a moment that stays until a test moves it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock
    cache.clear()


@pytest.fixture
def sven(db, clock):
    return User.objects.create_superuser("sven", "sven@telenor.test", PASSWORD)


@pytest.fixture
def key(sven, clock):
    """Sven's key, set up in another browser; the code of that moment is over."""
    key = set_up(Client())
    clock.shift(timedelta(seconds=30))
    return key
