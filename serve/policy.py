"""Finds the policy of a request: whether it needs an API key, counts as load, and how it is logged.

`app.py` declares a policy for each router. The middleware runs before routing, so it calls `match` to find the route
that a request will reach. A route without a declared policy gets the strictest policy, `GUARDED`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from starlette.routing import BaseRoute, Match
from starlette.types import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The checks and the logging of the requests to a route.

    Parameters
    ----------
    needs_key
        Whether the request must have an API key and counts against the key's rate limit. Ignored if no keys are
        configured.
    limited
        Whether the request counts against `max_concurrent`. Probes do not count, so they are answered under any load.
    quiet
        Whether a successful request is logged at level debug instead of info.
    """

    needs_key: bool = True
    limited: bool = True
    quiet: bool = False


GUARDED: Final = Policy()
METRICS: Final = Policy(limited=False, quiet=True)
PROBE: Final = Policy(needs_key=False, limited=False, quiet=True)
PUBLIC: Final = Policy(needs_key=False, limited=False)

NO_ROUTE: Final = "none"
"""Route in logs and metrics of a request that matches no route."""


def with_policy(policy: Policy, routes: Iterable[Any]) -> list[BaseRoute]:
    """Declare a policy for routes, and return the routes."""
    routes = list(routes)
    for route in routes:
        route.policy = policy
    return routes


def policy_of(route: BaseRoute | None) -> Policy:
    """Return the declared policy of a route, or `GUARDED` if the route declares none."""
    policy: Policy = getattr(route, "policy", GUARDED)
    return policy


def match(scope: Scope) -> tuple[str, Policy]:
    """Return the path template and the policy of the route that a request will reach.

    Follows Starlette's router: the first full match wins, or else the first route that matches all but the method.
    Only sees the app's own routes, because FastAPI hides the routes of a router added by `include_router`.
    """
    matched = None
    for route in scope["app"].routes:
        result, _ = route.matches(scope)
        if result is Match.FULL or (result is Match.PARTIAL and matched is None):
            matched = route
        if result is Match.FULL:
            break
    return getattr(matched, "path", NO_ROUTE), policy_of(matched)
