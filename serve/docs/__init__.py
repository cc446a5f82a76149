"""The API's documentation: its OpenAPI description, and a page that shows it."""
