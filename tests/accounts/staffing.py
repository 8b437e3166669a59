"""Signing in as Telenor staff: the pages, the password and the code of the moment."""

import re
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

LOGIN, CODE, SET_UP = "/accounts/login/", "/accounts/2fa/authenticate/", "/accounts/2fa/totp/activate/"
CODES, AGAIN, ADMIN = "/accounts/2fa/recovery-codes/", "/accounts/2fa/reauthenticate/", "/admin/"
PASSWORD = "en lång fras om växlar"
WRONG = "Användarnamnet och/eller lösenordet är felaktigt."
TOO_MANY = "För många misslyckade inloggningsförsök. Försök igen senare."


def sign_in(client, username="sven", password=PASSWORD, **more):
    return client.post(LOGIN, {"login": username, "password": password, **more})


def code(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def wrong(secret):
    return f"{(int(code(secret)) + 1) % 1_000_000:06}"


def key_of(page):
    return re.search(r'id="key">([A-Z2-7 ]+)<', page.content.decode())[1].replace(" ", "")


def set_up(client):
    """Signs in and sets up the second factor; answers its key."""
    sign_in(client)
    key = key_of(client.get(SET_UP))
    assert client.post(SET_UP, {"code": code(key)})["Location"] == CODES
    return key


def signed_in(client, key):
    sign_in(client)
    return client.post(CODE, {"code": code(key)})
