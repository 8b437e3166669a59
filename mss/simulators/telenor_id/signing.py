"""Telenor ID's key (RFC 7517, 7638) and the id_tokens it signs with it."""

import base64
import hashlib
import json
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from ..world import World

ALGORITHM = "RS256"


def key_set(world: World) -> dict[str, Any]:
    """What `jwks` answers."""
    public = _public(_key(world))
    return {"keys": [{**public, "use": "sig", "alg": ALGORITHM, "kid": _thumbprint(public)}]}


def sign(world: World, claims: dict[str, Any]) -> str:
    key = _key(world)
    return jwt.encode(claims, key, ALGORITHM, {"kid": _thumbprint(_public(key))})


def _key(world: World) -> rsa.RSAPrivateKey:
    """The world's, made when it is first asked for."""
    memory = world.telenor_id
    with world.lock:
        if not memory.pem:
            memory.pem = _new()
            world.touch()
    return _read(memory.pem)


def _new() -> str:
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(serialization.Encoding.PEM, *form).decode()


@lru_cache(maxsize=8)
def _read(pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _public(key: rsa.RSAPrivateKey) -> dict[str, str]:
    """The members that RFC 7638 counts."""
    numbers = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {name: numbers[name] for name in ("e", "kty", "n")}


def _thumbprint(public: dict[str, str]) -> str:
    text = json.dumps(public, sort_keys=True, separators=(",", ":"))
    return base64url(hashlib.sha256(text.encode()).digest())


def base64url(data: bytes) -> str:
    """Without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
