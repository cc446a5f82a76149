"""Builds the API's documentation: the OpenAPI description, and a page that shows the description."""
