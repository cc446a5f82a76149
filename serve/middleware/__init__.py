"""Checks and limits every request before it reaches a route. `serve.app` sets the order of these checks."""
