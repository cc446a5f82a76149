"""A request in, its route and the route's `Policy` out: whether it needs a key, counts as load, and is logged.

`app.py` declares the policies, by router. The middleware runs before routing, so it asks `match` which route a request
will reach. A route without a declared policy gets the strictest one, `GUARDED`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from starlette.routing import BaseRoute, Match
from starlette.types import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The checks that a request must pass before its route runs.

    Parameters
    ----------
    needs_key
        Whether the request needs an API key, if keys are configured, and counts against the key's rate limit.
    limited
        Whether the request counts against `max_concurrent`. Probes do not, so they are answered under any load.
    quiet
        Whether a successful request is logged at level debug only.
    """

    needs_key: bool = True
    limited: bool = True
    quiet: bool = False


GUARDED: Final = Policy()
METRICS: Final = Policy(limited=False, quiet=True)
PROBE: Final = Policy(needs_key=False, limited=False, quiet=True)
PUBLIC: Final = Policy(needs_key=False, limited=False)

NO_ROUTE: Final = "none"
"""The route's name in logs and metrics for a path that no route matches."""


def with_policy(policy: Policy, routes: Iterable[Any]) -> list[BaseRoute]:
    """Declare the policy of routes, and return them."""
    routes = list(routes)
    for route in routes:
        route.policy = policy
    return routes


def policy_of(route: BaseRoute | None) -> Policy:
    """Return the declared policy of a route, or `GUARDED`."""
    policy: Policy = getattr(route, "policy", GUARDED)
    return policy


def match(scope: Scope) -> tuple[str, Policy]:
    """Return the path template and the policy of the route that a request will reach.

    As in Starlette's router, the first full match wins, then the first route that matches all but the method. Only the
    app's own routes are seen: FastAPI does not tell which route matches inside a router added by `include_router`.
    """
    matched = None
    for route in scope["app"].routes:
        result, _ = route.matches(scope)
        if result is Match.FULL or (result is Match.PARTIAL and matched is None):
            matched = route
        if result is Match.FULL:
            break
    return getattr(matched, "path", NO_ROUTE), policy_of(matched)
