"""The model card: measured results in, `model-card.md` with its pictures and its JSON out.

`measure` gathers all figures as plain data, `write` puts them into files, and `render` turns them into
the page. The form follows Mitchell et al., Model Cards for Model Reporting (2019).
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined

from classifier.errors import ThoughtmarkError
from classifier.model.tagger import CalibratedTagger
from classifier.pipeline import Classifier
from classifier.preprocess import Preprocessor
from training.benchmark import public_sets
from training.benchmark.tables import reached
from training.benchmark.tasks import benchmark
from training.card.corpus import Judged, on_corpus
from training.card.learning import learning_curves
from training.card.plots import draw
from training.card.posts import on_posts
from training.corpus.entries import AnnotatedEntry, Sentences, fingerprint, read_corpus, sentences
from training.evaluation import Progress, out_of_fold
from training.measure.scores import calibration
from training.trainer import check_support

_NONE = "-"
"""Stands where a figure is not defined."""

_LIBRARIES = ("scikit-learn", "spacy", "numpy", "scipy")


class CardError(ThoughtmarkError):
    """The card cannot be made of what is there, or not be written."""


def measure(
    classifier: Classifier,
    folder: Path,
    *,
    corpus: Path,
    progress: Progress = lambda items, total: items,
) -> dict[str, Any]:
    """Measure all that the card says, in about ten minutes on two cores.

    Parameters
    ----------
    classifier
        The model that the card is about.
    folder
        Public sets as `training.public_sets` names them; `recovery_posts` must be among them.
    corpus
        What the model was trained on.
    progress
        Wraps the folds, and then the parts of the learning curves, to show how far it is.

    Raises
    ------
    CardError
        The model was trained on another corpus.
    PublicSetError
        There are no real posts to measure on, or a set is not as expected.
    CorpusError
        The corpus cannot be read, or does not support its labels.
    """
    if classifier.manifest.corpus["sha256"] != fingerprint(corpus):
        raise CardError("the model was trained on another corpus than the one given; run `thoughtmark train` first")
    taxonomy, preprocessor = classifier.taxonomy, Preprocessor(classifier.manifest.pipeline)
    posts = public_sets.recovery_posts(folder, taxonomy)
    real = sentences(posts, preprocessor, taxonomy)
    entries = read_corpus(corpus, taxonomy)
    data = sentences(entries, preprocessor, taxonomy)
    thresholds = {
        name: np.array([point[label] for label in taxonomy.ids]) for name, point in classifier.operating_points.items()
    }
    probabilities, bounds = out_of_fold(data, taxonomy, progress=progress)
    judged = Judged(entries, data, probabilities, probabilities >= bounds["balanced"])
    longer = data.in_entries
    weights = CalibratedTagger().sentence_weights(data.labels[longer])
    return {
        "model": classifier.version,
        "corpus": classifier.manifest.corpus["sha256"],
        "libraries": {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        "counts": _counts(entries, data),
        "posts": on_posts(posts, real, classifier.probabilities(real.rows), thresholds, taxonomy.ids),
        "corpus_figures": on_corpus(judged, taxonomy),
        "calibration_on_corpus": calibration(data.labels[longer], probabilities[longer], weights),
        "learning": learning_curves(data, real, lambda part: check_support(part, taxonomy), progress=progress),
        "benchmark": _benchmark(classifier, folder, corpus),
        "label_names": {label.id: label.name for label in taxonomy},
    }


def _counts(entries: list[AnnotatedEntry], data: Sentences) -> dict[str, int]:
    return {
        "entries": sum(entry.kind == "entry" for entry in entries),
        "thoughts": sum(entry.kind == "thought" for entry in entries),
        "sentences": len(data.rows),
        "tagged_sentences": int(data.labels.any(axis=1).sum()),
        "untagged_entries": sum(entry.kind == "entry" and not entry.spans for entry in entries),
    }


def _benchmark(classifier: Classifier, folder: Path, corpus: Path) -> dict[str, Any]:
    result = benchmark(classifier, folder, corpus=corpus)
    rows = [{**figure.as_dict(), "reached": reached(figure)} for figure in result.figures]
    return {**result.as_dict(), "figures": rows}


def write(figures: Mapping[str, Any], out: Path) -> None:
    """Write the page, its JSON beside it, and its pictures into the folder `pictures` beside it.

    Raises
    ------
    CardError
        A file cannot be written.
    """
    pictures = out.parent / "pictures"
    try:
        pictures.mkdir(exist_ok=True)
        out.with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        out.write_text(render(figures), encoding="utf-8")
        draw(figures, pictures)
    except OSError as error:
        raise CardError(
            f"{error.filename or out}: cannot be written ({error.strerror}); name another with --out"
        ) from None


def render(figures: Mapping[str, Any]) -> str:
    """Return the page, in Markdown, for the figures that `measure` gave."""
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "percent": _percent,
        "interval": _interval,
        "number": _number,
        "verbatim": _verbatim,
        "thousands": "{:,}".format,
    }
    template = resources.files("training.card").joinpath("card.md.j2").read_text(encoding="utf-8")
    humans = {row["data"]: row["human"] for row in figures["benchmark"]["figures"] if row["human"]}
    return environment.from_string(template).render(figures, humans=humans) + "\n"


def _percent(value: float | None) -> str:
    return _NONE if value is None else f"{value:.0%}"


def _number(value: float | None) -> str:
    return _NONE if value is None else f"{value:.3f}"


def _interval(estimate: Mapping[str, float | None], form: str = "percent") -> str:
    """Return a figure with its 95% interval."""
    shown = {"percent": _percent, "number": _number}[form]
    value, low, high = (shown(estimate[name]) for name in ("value", "low", "high"))
    return value if estimate["low"] is None else f"{value} [{low.removesuffix('%')} to {high}]"


def _verbatim(text: str) -> str:
    """Return a sentence so that Markdown shows it as it is, inside a table."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|~$" else c for c in text)
