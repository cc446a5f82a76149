"""The documentation that the service shows: the OpenAPI document and the page for people."""
