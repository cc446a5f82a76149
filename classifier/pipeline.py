"""`Classifier`: an entry's text in, tags out; the whole flow. START HERE.

text ── language ──→ cannot_judge (empty, too short, not English, ...)
  │
  │ preprocess         spaCy: sentences with normalized words, word classes and cues
  ▼
sentences
  │ model.scoring      families → index → vectorizer → tagger, for sentences and their clauses
  ▼
log-odds, one for each sentence and label
  │ tagging            a probability that reaches its threshold is a tag
  ▼
tags ── model.evidence ──→ the words that raised the probability most

Each step is a module or package of this name in `classifier`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from classifier.language import reason_not_to_judge
from classifier.model import artifact, default
from classifier.model.artifact import Artifact, Manifest
from classifier.model.evidence import Explainer
from classifier.model.scoring import Scores, score
from classifier.options import DEFAULTS, Options
from classifier.preprocess import DEFAULT_PIPELINE, Preprocessor, Sentence
from classifier.tagging import Evidence, Tag, TaggedEntry, any_label, roll_up, tagged_cells
from classifier.taxonomy import Taxonomy

_BATCH = 32
"""Entries that are scored together: enough to share the overhead of a call, few enough to stream."""


class Classifier:
    """Tags journal entries with thinking patterns.

    A screening aid, not a diagnosis: it misses tags, sets wrong ones, and does not look for risk.

    Parameters
    ----------
    trained
        An artifact, as `artifact.load` returns it; most callers use `Classifier.load`.

    Examples
    --------
    >>> classifier = Classifier.load()
    >>> entry = classifier.tag("Day 12. Slept ok. I'm a complete failure and I always will be.")
    >>> entry.status
    'tagged'
    >>> tag = entry.tags[0]
    >>> "Day 12. Slept ok. I'm a complete failure and I always will be."[tag.start : tag.end]
    "I'm a complete failure and I always will be."
    >>> classifier.tag("Ich habe heute wieder nicht geschlafen.").reason
    'not_english'
    """

    def __init__(self, trained: Artifact) -> None:
        self.manifest: Manifest = trained.manifest
        self.taxonomy = Taxonomy.from_dict(trained.manifest.taxonomy)
        self._model = trained.model
        self._explainer = Explainer(trained.model)
        self._preprocessor = Preprocessor(trained.manifest.pipeline)

    @classmethod
    def load(cls, path: str | Path | None = None, *, taxonomy: Taxonomy | None = None) -> Classifier:
        """Load a trained model.

        Without a path, the default model of this Python environment is loaded. If there is none yet for the installed
        versions, this call trains it from the corpus in the package, which takes half a minute to two minutes, and
        writes it (11 MB) to `sys.prefix`, or to the user's data folder if that is read-only.

        Parameters
        ----------
        path
            An artifact; None for the default model.
        taxonomy
            The labels that an artifact must have; None accepts any. The default model always has the project's.

        Raises
        ------
        ArtifactError
            The file is missing, damaged, or made for other versions or labels, or the default model cannot be written.
        """
        if path is None:
            return cls(default.load())
        return cls(artifact.load(Path(path), labels=None if taxonomy is None else taxonomy.ids))

    @classmethod
    def check(cls, path: str | Path | None = None) -> Path:
        """Return the file that `load` would read, after all checks but without unpickling the model.

        For programs that load the model later or in other processes. Like `load`, it may train the default model;
        parameter and errors as there.
        """
        if path is None:
            return default.file()
        manifest = artifact.check(Path(path))
        if manifest.pipeline != DEFAULT_PIPELINE:
            Preprocessor(manifest.pipeline)  # raises if the spaCy pipeline is not installed
        return Path(path)

    @property
    def version(self) -> str:
        """Name of this very model, which is part of every result."""
        return self.manifest.version

    @property
    def labels(self) -> tuple[str, ...]:
        """Label ids, in the order of the taxonomy."""
        return tuple(self.manifest.labels)

    @property
    def operating_points(self) -> Mapping[str, Mapping[str, float]]:
        """From the name of each operating point to the threshold of each label."""
        return self.manifest.thresholds

    def tag(self, text: str, options: Options = DEFAULTS) -> TaggedEntry:
        """Tag one entry. Offsets in the result count code points of `text`.

        Raises
        ------
        UnknownName
            The operating point or a label does not exist.
        """
        return next(self.tag_many([text], options))

    def tag_many(self, texts: Iterable[str], options: Options = DEFAULTS) -> Iterator[TaggedEntry]:
        """Tag entries as a stream, in their order, with only a few in memory.

        Wrong options raise when this is called, before the first entry is read; errors as in `tag`.

        Examples
        --------
        >>> [entry.status for entry in Classifier.load().tag_many(["", "Walked the dog, then work."])]
        ['cannot_judge', 'no_tags']
        """
        return self._stream(iter(texts), self.thresholds(options), options.evidence)

    def probabilities(self, sentences: Sequence[Sentence]) -> NDArray[np.float64]:
        """Return the probability of each label for sentences of a `Preprocessor`, shape (sentences, labels)."""
        if not sentences:
            return np.empty((0, len(self.labels)))
        return np.asarray(expit(score(self._model, sentences).log_odds))

    def thresholds(self, options: Options = DEFAULTS) -> dict[str, float]:
        """Return the lowest probability that makes a tag, for each label to look for; errors as in `tag`."""
        return self.manifest.thresholds_for(options)

    def _stream(self, texts: Iterator[str], thresholds: Mapping[str, float], evidence: bool) -> Iterator[TaggedEntry]:
        label_numbers = [self.labels.index(label) for label in thresholds]
        while batch := list(islice(texts, _BATCH)):
            reasons = [reason_not_to_judge(text) for text in batch]
            entries = [
                self._preprocessor.sentences(text) if reason is None else []
                for text, reason in zip(batch, reasons, strict=True)
            ]
            all_sentences = [sentence for sentences in entries for sentence in sentences]
            scores = score(self._model, all_sentences) if all_sentences else None
            first = 0
            for reason, sentences in zip(reasons, entries, strict=True):
                if scores is None or not sentences:
                    yield TaggedEntry(None, "cannot_judge", reason or "empty", (), {}, self.version)
                else:
                    numbers = range(first, first + len(sentences))
                    yield self._tag_entry(scores, numbers, label_numbers, thresholds, evidence)
                    first += len(sentences)

    def _tag_entry(
        self, scores: Scores, numbers: range, label_numbers: list[int], thresholds: Mapping[str, float], evidence: bool
    ) -> TaggedEntry:
        """Tag the entry whose sentences have these numbers in the scores."""
        labels, lowest = tuple(thresholds), tuple(thresholds.values())
        probabilities = expit(scores.log_odds[numbers.start : numbers.stop, label_numbers])
        tags = tuple(
            Tag(
                label=labels[j],
                probability=float(probabilities[i, j]),
                threshold=lowest[j],
                start=scores.parts[numbers[i]].start,
                end=scores.parts[numbers[i]].end,
                evidence=self._evidence(scores, numbers[i], label_numbers[j]) if evidence else (),
            )
            for i, j in tagged_cells(probabilities, np.array(lowest))
        )
        return TaggedEntry(
            id=None,
            status="tagged" if tags else "no_tags",
            reason=None,
            tags=tags,
            probabilities=roll_up(probabilities, labels),
            model=self.version,
            any_label=any_label(probabilities),
        )

    def _evidence(self, scores: Scores, sentence: int, label: int) -> tuple[Evidence, ...]:
        part = int(scores.best_part[sentence, label])
        return self._explainer.evidence(scores.parts[part], scores.columns[part], label)
