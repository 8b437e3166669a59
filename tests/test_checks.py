"""Settings that cannot work are refused at start, by name and with a hint."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks

ROOT = Path(__file__).resolve().parent.parent
# What `make check` proves clean, read from where it stands.
PRODUCTION = dict(
    pair.split("=", 1)
    for pair in re.search(r"^PRODUCTION := ((?:.*\\\n)*.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    .replace("\\\n", " ")
    .split()
)


def refused(*arguments, **environment):
    """What `manage.py check --deploy` says with these settings on top of a service's."""
    env = {"PATH": os.environ["PATH"], **PRODUCTION, **environment}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)


def test_the_settings_of_a_service_pass_without_a_warning():
    assert (refused().returncode, "no issues" in refused().stdout) == (0, True)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("READ_INTERVAL", "often", "a whole number"),
        ("TRUSTED_PROXIES", "two", "a whole number"),
        ("DEBUG", "maybe", "True or False"),
        ("DATABASE_URL", "nonsense", "postgres://"),
        ("CACHE_URL", "nonsense", "redis://"),
        ("EMAIL_URL", "nonsense", "smtp+tls://"),
        ("ONEX_BAR_LINKS", "nonsense", "NAME=VALUE"),
        ("LOG_LEVEL", "loud", "WARNING"),
    ],
)
def test_a_value_that_cannot_be_read_is_named_in_one_line_without_being_shown(name, value, expected):
    answer = refused(**{name: value})
    assert answer.returncode == 1
    assert re.fullmatch(rf"Error: {name} cannot be read: write .*\n", answer.stderr)
    assert expected in answer.stderr
    assert value not in answer.stderr.replace("write", "")


def ids(settings, **changed):
    for name, value in changed.items():
        setattr(settings, name, value)
    return {(each.id, each.msg.split()[0].rstrip(":")) for each in run_checks(tags=["security"]) if each.hint}


SIXTY_FOUR = "x" * 64


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"TELENOR_ID_ISSUER": ""}, ("mss.E001", "TELENOR_ID_ISSUER")),
        ({"TELENOR_ID_CLIENT_SECRET": ""}, ("mss.E001", "TELENOR_ID_CLIENT_SECRET")),
        ({"FIELD_KEYS": []}, ("mss.E001", "FIELD_KEYS")),
        ({"TELENOR_ID_ISSUER": "http://id.contoso.test"}, ("mss.E003", "TELENOR_ID_ISSUER")),
        ({"ONEX_WEB_URL": "onex"}, ("mss.E003", "ONEX_WEB_URL")),
        ({"TELENOR_ID_CLIENT_SECRET": "simulated-x"}, ("mss.E004", "TELENOR_ID_CLIENT_SECRET")),
        ({"FIELD_KEYS": [SIXTY_FOUR]}, ("mss.E007", "FIELD_KEYS")),
        ({"SERVICE_ADDRESSES": ["82.182.1.73", "82.182.1"]}, ("mss.E007", "SERVICE_ADDRESSES")),
        ({"EWS_ALLOWED_NETWORKS": ["10.0.0.1/8"]}, ("mss.E007", "EWS_ALLOWED_NETWORKS")),
        ({"EWS_ALLOWED_NETWORKS": ["127.0.0.0/8"]}, ("mss.E008", "EWS_ALLOWED_NETWORKS")),
        ({"ONEX_BAR_LINKS": {"Wallboard": "javascript:alert(1)"}}, ("mss.E007", "ONEX_BAR_LINKS")),
        ({"MICROSOFT_CERTIFICATE": "nowhere.pem"}, ("mss.E007", "MICROSOFT_CERTIFICATE")),
        ({"CELERY_BROKER_URL": "sqs://queue"}, ("mss.E007", "CELERY_BROKER_URL")),
        ({"ALLOWED_HOSTS": ["other.test"]}, ("mss.E008", "ALLOWED_HOSTS")),
        ({"TELENOR_ID_SCOPES": ["profile"]}, ("mss.E008", "TELENOR_ID_SCOPES")),
    ],
)
def test_what_cannot_work_is_refused_with_a_hint(settings, changed, told):
    assert told in ids(settings, **changed)


def test_a_key_that_is_none_is_not_shown(settings):
    settings.FIELD_KEYS = [SIXTY_FOUR]
    said = [each.msg for each in run_checks(tags=["security"]) if each.id == "mss.E007"]
    assert said == ["FIELD_KEYS: one is no Fernet key."]


def test_a_cache_of_each_process_is_warned_of_before_deploying(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    told = {each.id for each in run_checks(tags=["security"], include_deployment_checks=True)}
    assert "mss.W009" in told
