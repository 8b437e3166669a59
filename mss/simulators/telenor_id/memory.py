"""What Telenor ID remembers: who is signed in, codes and tokens given out, its key. Times are aware UTC."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..telephony import TelenorPerson

CODE_LIVES = timedelta(seconds=60)
TOKEN_LIVES = timedelta(hours=1)


@dataclass(frozen=True)
class Session:
    """Somebody signed in at Telenor ID, in one browser."""

    telenor_id: str
    at: datetime


@dataclass(frozen=True)
class Grant:
    """What a code was given for. `challenge`: S256 of the verifier that must come with it."""

    client_id: str
    redirect_uri: str
    challenge: str
    scopes: frozenset[str]
    nonce: str | None
    session: Session
    at: datetime


@dataclass(frozen=True)
class AccessToken:
    """Opaque to everybody else. `code`: what it was given for."""

    code: str
    grant: Grant
    ends_at: datetime


@dataclass
class Memory:
    """`others`: accounts without a One X subscription, by Telenor ID. `pem`: the signing key, empty until used."""

    others: dict[str, TelenorPerson] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    codes: dict[str, Grant] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    tokens: dict[str, AccessToken] = field(default_factory=dict)
    pem: str = ""

    def sign_in(self, telenor_id: str, now: datetime) -> tuple[str, Session]:
        """A new session and the secret that is its cookie."""
        secret, session = secrets.token_urlsafe(32), Session(telenor_id, now)
        self.sessions[secret] = session
        return secret, session

    def give_code(self, grant: Grant) -> str:
        self._forget(grant.at)
        code = secrets.token_urlsafe(32)
        self.codes[code] = grant
        return code

    def take_code(self, code: str, now: datetime) -> Grant | None:
        """What the code was given for, once; who comes again may be a thief, so its tokens go too."""
        if code in self.used:
            self.tokens = {name: each for name, each in self.tokens.items() if each.code != code}
        if code in self.used or code not in self.codes:
            return None
        self.used.add(code)
        grant = self.codes[code]
        return grant if now < grant.at + CODE_LIVES else None

    def give_token(self, code: str, grant: Grant, now: datetime) -> str:
        token = secrets.token_urlsafe(32)
        self.tokens[token] = AccessToken(code, grant, now + TOKEN_LIVES)
        return token

    def _forget(self, now: datetime) -> None:
        """Codes whose tokens are over; until then a replay must be noticed."""
        self.tokens = {name: each for name, each in self.tokens.items() if now < each.ends_at}
        old = now - CODE_LIVES - TOKEN_LIVES
        self.codes = {code: each for code, each in self.codes.items() if old < each.at}
        self.used &= self.codes.keys()
