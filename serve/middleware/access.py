"""Who may ask, and how often: API keys by name, kept as hashes, and a rate for each."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import time
from collections.abc import Mapping
from typing import Final

from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from serve import logs
from serve.middleware.bounds import Bound
from serve.problems import Problem, refuse

NO_KEY_NEEDED: Final = frozenset({"/livez", "/readyz", "/openapi.json", "/docs"})
"""Probes and documentation, which tell nothing of anybody. `/metrics` is not among them: its counts are of tags."""


def new_key() -> tuple[str, str]:
    """Make a key; return it and its hash, which is all that is kept.

    A key has 256 random bits, so one round of SHA-256 is enough: slow hashes are for what people think up
    (NIST SP 800-63B, 5.1.1.2 and 5.1.2).
    """
    key = f"mm_{secrets.token_urlsafe(32)}"
    return key, hash_of(key.encode())


def hash_of(key: bytes) -> str:
    """Return the hash under which a key is kept."""
    return f"sha256:{hashlib.sha256(key).hexdigest()}"


def identify(key: bytes, keys: Mapping[str, str]) -> str | None:
    """Return the name of a key, or None; it takes the same time whichever it is.

    Parameters
    ----------
    key
        As it was sent.
    keys
        Name and hash of each key.
    """
    hashed = hash_of(key)
    matching = [name for name, kept in keys.items() if hmac.compare_digest(hashed, kept)]
    return matching[0] if matching else None


class Access(Bound):
    """Lets a request in that has a key, and lets each key in as often as the rate says; where no key is set, all."""

    def __init__(self, app: ASGIApp, *, keys: Mapping[str, str], rate: str) -> None:
        super().__init__(app)
        self.keys = keys
        self.rates = parse_many(rate)
        self.limiter = MovingWindowRateLimiter(MemoryStorage())

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        line = scope["state"]["line"]
        if not self.keys:
            line.key = "local"
        elif logs.route(scope["path"]) not in NO_KEY_NEEDED:
            line.key = identify(_sent(Headers(scope=scope)), self.keys)
            if line.key is None:
                return await refuse(Problem("no-key", headers={"WWW-Authenticate": "Bearer"}), scope, receive, send)
            if seconds := self._too_many(line.key):
                return await refuse(Problem("too-many", headers={"Retry-After": str(seconds)}), scope, receive, send)
        return await self.app(scope, receive, send)

    def _too_many(self, name: str) -> int:
        """Count a request; return 0, or the seconds until one more is welcome."""
        refusing = [rate for rate in self.rates if not self.limiter.hit(rate, name)]
        resets = [self.limiter.get_window_stats(rate, name).reset_time for rate in refusing]
        return max((max(1, math.ceil(reset - time.time())) for reset in resets), default=0)


def _sent(headers: Headers) -> bytes:
    key = headers.get("x-api-key")
    if key is None:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        key = key.strip() if scheme.lower() == "bearer" else ""
    return key.encode("latin-1")
