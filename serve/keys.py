"""Creates random API keys, hashes them for storage, and identifies them in constant time."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping


def new_key() -> tuple[str, str]:
    """Return a new key and its hash. The server stores only the hash.

    A key has 256 random bits, so one round of SHA-256 is enough. Slow hashes are for secrets that people choose
    (NIST SP 800-63B, 5.1.1.2 and 5.1.2).
    """
    key = f"tm_{secrets.token_urlsafe(32)}"
    return key, hash_of(key.encode())


def hash_of(key: bytes) -> str:
    """Return the hash under which a key is stored."""
    return f"sha256:{hashlib.sha256(key).hexdigest()}"


def identify(key: bytes, hashes: Mapping[str, str]) -> str | None:
    """Return the name of a key, or None if the key is unknown.

    Compares every stored hash in constant time, so the response time does not reveal how close a guess was.

    Parameters
    ----------
    key
        The key that the client sent.
    hashes
        The hash of each valid key, by the key's name.
    """
    hashed = hash_of(key)
    matching = [name for name, stored in hashes.items() if hmac.compare_digest(hashed, stored)]
    return matching[0] if matching else None
