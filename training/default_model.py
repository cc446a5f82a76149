"""Trains the two models of the package on real posts, whose texts are not part of the project.

The linear model learns from the posts and, for rare labels, from the project's own corpus. The encoder was trained
before (`training.encoder`), because that takes an hour; its outputs for these very sentences, from encoders that had
not seen the sentence's post, are kept in `data/samples/real/encoder-outputs.npz`. With them, this module weighs both
models against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.pipeline import Pipeline

from classifier.model import artifact
from classifier.model.artifact import Manifest
from classifier.model.blend import Blend
from classifier.model.encoder import SentenceEncoder
from classifier.model.packaged import MODELS, model_file
from classifier.model.scoring import Model
from classifier.pipeline import Classifier
from classifier.preprocess import DEFAULT_PIPELINE, Preprocessor
from classifier.taxonomy import Taxonomy
from training.corpus.entries import AnnotatedEntry, CorpusError
from training.corpus.files import corpus_fingerprint, default_corpus, samples_folder
from training.corpus.project_format import read_corpus
from training.corpus.real import labels_file, read_real_posts
from training.corpus.sentences import Sentences, split_entries
from training.measure.calibration import measure_calibration
from training.measure.figures import summarize
from training.thresholds import choose_thresholds, experimental_labels, tags_at, thresholds_of, with_own_thresholds
from training.trainer import fit_pipeline

MIN_POSTS: Final = 5
"""Number of posts in which a feature must occur to get a column, so that no column gives away one person's words."""


ALWAYS_ON: Final = ("catastrophizing", "all_or_nothing", "minimizing", "bargaining")
"""The labels that the project exists for are never experimental. They get few tags in posts, so they do little harm."""

_RECALL_OF_THESE: Final = 1.5
"""Factor by which recall counts more for these labels, because to miss one of them is worse than a false alarm.

This costs 0.005 of the micro-F1 in cross-validation, and doubles how many catastrophizing sentences are tagged
(docs/records/experiments.md).
"""

_RESAMPLES: Final = 300
"""Number of bootstrap resamples for the intervals of figures."""


@dataclass(frozen=True, slots=True)
class RealPosts:
    """The posts to learn from, in sentences, with the encoder's outputs of shape (sentences, labels + 1)."""

    entries: list[AnnotatedEntry]
    data: Sentences
    outputs: NDArray[np.float64]

    @classmethod
    def read(cls, texts: Path, taxonomy: Taxonomy, *, with_outputs: bool = True) -> RealPosts:
        """Read the posts of the part `training` from a folder of texts.

        Without outputs, they are all 0. The errors are those of `read_real_posts` and `encoder_outputs`.
        """
        entries = read_real_posts(texts, part="training", taxonomy=taxonomy)
        data = split_entries(entries, Preprocessor(), taxonomy)
        outputs = encoder_outputs(entries, data) if with_outputs else np.zeros((len(data.rows), len(taxonomy) + 1))
        return cls(entries, data, outputs)

    def take(self, index: NDArray[np.int_] | NDArray[np.bool_]) -> RealPosts:
        """Return the sentences that the index selects, by number or by mask."""
        return RealPosts(self.entries, self.data.take(index), self.outputs[index])


def train_default(texts: Path, *, folder: Path | None = None) -> tuple[Manifest, Manifest]:
    """Train the default and the fast model, and save them.

    Parameters
    ----------
    texts
        Folder with the texts of the posts, as `training.corpus.real` reads it.
    folder
        Folder to save the models to. By default, they replace the models of the package.

    Returns the manifests of the default and of the fast model.

    Raises
    ------
    CorpusError
        Texts are missing or differ from the texts that were annotated.
    ArtifactError
        A file cannot be written.
    """
    taxonomy = Taxonomy.load()
    posts = RealPosts.read(texts, taxonomy)
    linear, log_odds = fit_linear(posts.data)
    judged = posts.data.in_entries & ~posts.data.disputed
    blend = Blend.fit(log_odds[judged], posts.outputs[judged], posts.data.labels[judged])
    models = (
        ("default", Model(linear, blend, SentenceEncoder()), blend.log_odds_of(log_odds, posts.outputs)),
        ("fast", Model(linear), log_odds),
    )
    manifests = []
    for name, model, scores in models:
        path = model_file(name) if folder is None else folder / model_file(name).name
        facts = _facts(posts, expit(scores), taxonomy)
        manifests.append(artifact.save(path, model, project=version("thoughtmark"), as_arrays=True, **facts))
    return manifests[0], manifests[1]


def fit_linear(data: Sentences) -> tuple[Pipeline, NDArray[np.float64]]:
    """Fit the linear model to real posts, and return it with its log-odds out of fold, shape (sentences, labels).

    The project's own corpus is its second corpus: it shows the labels that are rare in posts.
    """
    taxonomy, preprocessor = Taxonomy.load(), Preprocessor()
    own = split_entries(read_corpus(default_corpus(), taxonomy), preprocessor, taxonomy)
    linear = fit_pipeline(data, min_df=MIN_POSTS, groups=data.groups, prevalence=None, second=own)
    return linear, np.asarray(logit(np.clip(linear["tagger"].oof_probabilities_, 1e-9, 1 - 1e-9)))


def _facts(posts: RealPosts, probabilities: NDArray[np.float64], taxonomy: Taxonomy) -> dict[str, Any]:
    """Return what the manifest says about the training, from out-of-fold probabilities."""
    natural = posts.data.in_entries
    data, probabilities = posts.data.take(natural), probabilities[natural]
    certain = ~data.disputed
    labels, known = data.labels[certain], probabilities[certain]
    shared = choose_thresholds(labels, known)
    unproven = experimental_labels(data, tags_at(shared, probabilities)["balanced"], taxonomy.ids)
    experimental = tuple(label for label in unproven if label not in ALWAYS_ON)
    is_experimental = np.isin(taxonomy.ids, experimental)
    thresholds = with_own_thresholds(shared, is_experimental, labels, known)
    is_always_on = np.isin(taxonomy.ids, ALWAYS_ON)
    thresholds = with_own_thresholds(thresholds, is_always_on, labels, known, recall=_RECALL_OF_THESE)
    tags = {name: given & ~is_experimental for name, given in tags_at(thresholds, probabilities).items()}
    return {
        "pipeline": DEFAULT_PIPELINE,
        "labels": taxonomy.ids,
        "taxonomy": taxonomy.as_dict(),
        "experimental": experimental,
        "thresholds": {name: dict(zip(taxonomy.ids, map(float, row), strict=True)) for name, row in thresholds.items()},
        "calibration": {
            "method": "logistic regression on decision values, out of fold, grouped by post",
            **measure_calibration(labels, known),
        },
        "quality": {"cross_validated": summarize(data, probabilities, tags, taxonomy.ids, resamples=_RESAMPLES)},
        "corpus": {
            "sha256": corpus_fingerprint(labels_file()),
            "entries": len(posts.entries),
            "sentences": int((~posts.data.disputed).sum()),
            "tagged_sentences": int((posts.data.labels.any(axis=1) & ~posts.data.disputed).sum()),
        },
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def measure_default(texts: Path) -> tuple[Manifest, Manifest]:
    """Measure the models of the package on posts that they have never seen, and put the figures into their manifests.

    Call this rarely, and never to choose between models: a test that steers choices is no test any more.

    Parameters
    ----------
    texts
        Folder with the texts of the posts.

    Returns the manifests of the default and of the fast model.

    Raises
    ------
    CorpusError
        Texts are missing or differ from the texts that were annotated.
    ArtifactError
        A model cannot be read or written.
    """
    taxonomy = Taxonomy.load()
    tests: dict[str, Sentences] = {}
    for part in ("locked", "transfer"):
        entries = [entry for entry in read_real_posts(texts, part=part, taxonomy=taxonomy) if entry.kind == "entry"]
        tests[f"{part}_test"] = split_entries(entries, Preprocessor(), taxonomy)
    manifests = []
    for name in MODELS:
        classifier = Classifier.load(name)
        quality = dict(classifier.manifest.quality)
        for test, data in tests.items():
            probabilities = classifier.probabilities(data.rows)
            tags = tags_at(thresholds_of(classifier), probabilities)
            quality[test] = summarize(data, probabilities, tags, classifier.labels, resamples=_RESAMPLES)
        manifests.append(artifact.replace_quality(model_file(name), quality))
    return manifests[0], manifests[1]


def encoder_outputs(entries: list[AnnotatedEntry], data: Sentences) -> NDArray[np.float64]:
    """Return the outputs of encoders that had not seen the sentence's post, shape (sentences, labels + 1).

    Raises
    ------
    CorpusError
        There are no outputs for a sentence; the encoder must be trained again.
    """
    with np.load(samples_folder() / "real" / "encoder-outputs.npz") as saved:
        row_of = {name: row for row, name in enumerate(saved["sentences"].tolist())}
        outputs = saved["outputs"].astype(float)
    starts = data.places[:, 0].tolist()
    names = [sentence_name(entries[number], start) for number, start in zip(data.entries, starts, strict=True)]
    missing = [name for name in names if name not in row_of]
    if missing:
        raise CorpusError(
            f"there are no outputs of the encoder for {len(missing)} sentences, such as {missing[0]}; "
            "train it again with `thoughtmark train-encoder`"
        )
    return np.asarray(outputs[[row_of[name] for name in names]])


def sentence_name(entry: AnnotatedEntry, start: int) -> str:
    """Return `post:number` for the sentence of a real post that starts at an offset of the entry's text."""
    if entry.starts is None:  # a sentence that was picked from its post; its entry is named like this
        return entry.id
    return f"{entry.id}:{int(np.searchsorted(entry.starts, start, side='right')) - 1}"
