"""The checks and limits that every request passes before it reaches a route. `serve.app` has their order."""
