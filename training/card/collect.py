"""Collects all metrics and counts of a model card, as plain data."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from classifier.errors import ThoughtmarkError
from classifier.model.tagger import CalibratedTagger
from classifier.pipeline import Classifier
from classifier.preprocess import Preprocessor
from training.benchmark import public_sets
from training.benchmark.tasks import run_benchmark
from training.card.learning import learning_curves
from training.card.on_corpus import Judged, describe_corpus
from training.card.on_posts import describe_posts
from training.corpus.entries import AnnotatedEntry
from training.corpus.files import corpus_fingerprint
from training.corpus.project_format import read_corpus
from training.corpus.sentences import Sentences, split_entries
from training.evaluation import Progress, no_progress, out_of_fold
from training.measure.calibration import measure_calibration
from training.thresholds import tags_at, thresholds_of

_LIBRARIES = ("scikit-learn", "spacy", "numpy", "scipy")


class CardError(ThoughtmarkError):
    """The card cannot be made from these inputs, or cannot be written."""


def collect_figures(
    classifier: Classifier, folder: Path, *, corpus: Path, progress: Progress = no_progress
) -> dict[str, Any]:
    """Measure everything that the card shows, in about ten minutes on two cores.

    Parameters
    ----------
    classifier
        The model that the card describes.
    folder
        Folder of the public sets, with the file names in `PUBLIC_SETS`. It must contain the set `recovery_posts`.
    corpus
        The corpus that the model was trained on.
    progress
        Shows the progress of the folds, and then that of the learning curves.

    Raises
    ------
    CardError
        The model was trained on another corpus.
    PublicSetError
        The set `recovery_posts` does not exist, or a set has another format than expected.
    CorpusError
        The corpus cannot be read, or has too few examples of a label.
    """
    if classifier.manifest.corpus["sha256"] != corpus_fingerprint(corpus):
        raise CardError("the model was not trained on this corpus; name its corpus with --corpus, or train it again")
    taxonomy, preprocessor = classifier.taxonomy, Preprocessor(classifier.manifest.pipeline)
    posts = public_sets.recovery_posts(folder, taxonomy)
    real = split_entries(posts, preprocessor, taxonomy)
    entries = read_corpus(corpus, taxonomy)
    data = split_entries(entries, preprocessor, taxonomy)
    probabilities, thresholds = out_of_fold(data, taxonomy, progress=progress)
    judged = Judged(entries, data, probabilities, tags_at(thresholds, probabilities)["balanced"])
    in_entries = judged.take(data.in_entries)
    weights = CalibratedTagger().sentence_weights(in_entries.data.labels)
    return {
        "model": classifier.version,
        "corpus": classifier.manifest.corpus["sha256"],
        "libraries": {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        "counts": _corpus_counts(entries, data),
        "posts": describe_posts(
            posts, real, classifier.probabilities(real.rows), thresholds_of(classifier), taxonomy.ids
        ),
        "corpus_figures": describe_corpus(judged, taxonomy),
        "calibration_on_corpus": measure_calibration(in_entries.data.labels, in_entries.probabilities, weights),
        "learning": learning_curves(data, real, taxonomy, progress=progress),
        "benchmark": _benchmark(classifier, folder, corpus),
        "label_names": {label.id: label.name for label in taxonomy},
    }


def _benchmark(classifier: Classifier, folder: Path, corpus: Path) -> dict[str, Any]:
    result = run_benchmark(classifier, folder, corpus=corpus)
    return {**result.as_dict(), "figures": [{**one.as_dict(), "reached": one.reached} for one in result.figures]}


def _corpus_counts(entries: Sequence[AnnotatedEntry], data: Sentences) -> dict[str, int]:
    return {
        "entries": sum(entry.kind == "entry" for entry in entries),
        "thoughts": sum(entry.kind == "thought" for entry in entries),
        "sentences": len(data.rows),
        "tagged_sentences": int(data.labels.any(axis=1).sum()),
        "untagged_entries": sum(entry.kind == "entry" and not entry.spans for entry in entries),
    }
