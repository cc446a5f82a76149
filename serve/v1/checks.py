"""Checks a parsed request: its sizes, its operating point and its labels."""

from __future__ import annotations

from classifier import Classifier
from serve.problems import Problem, pointer
from serve.settings import Settings
from serve.v1.models import PredictRequest


def check(request: PredictRequest, settings: Settings, classifier: Classifier) -> None:
    """Raise `Problem` if a request exceeds a limit (413), or names an unknown operating point or label (422)."""
    _check_sizes(request, settings)
    errors = []
    if request.operating_point not in classifier.operating_points:
        errors.append((pointer("operating_point"), f"is none of: {', '.join(classifier.operating_points)}"))
    errors.extend(
        (pointer("labels", index), "is not a label in /v1/labels")
        for index, label in enumerate(request.labels or ())
        if label not in classifier.labels
    )
    if errors:
        raise Problem("invalid-body", errors=errors)


def _check_sizes(request: PredictRequest, settings: Settings) -> None:
    if len(request.entries) > settings.max_entries:
        errors = [(pointer("entries"), f"has {len(request.entries)} entries, expected at most {settings.max_entries}")]
        raise Problem("request-too-large", errors=errors)
    errors = [
        (
            pointer("entries", index, "text"),
            f"has {len(entry.text)} code points, expected at most {settings.max_text_length}",
        )
        for index, entry in enumerate(request.entries)
        if len(entry.text) > settings.max_text_length
    ]
    if errors:
        raise Problem("request-too-large", errors=errors)
