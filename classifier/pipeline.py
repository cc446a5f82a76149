"""`Classifier`: the whole flow in one screen. START HERE.

text → `language` (can it be judged?) → `preprocess` (sentences and clauses) → `reading`, with
`features` and `model` (probabilities) → `tagging` (tags) → `evidence` (which words).
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
from classifier.model.reading import Reading, read
from classifier.options import DEFAULTS, Options
from classifier.preprocess import DEFAULT_PIPELINE, Preprocessor, Sentence
from classifier.tagging import Evidence, Tag, TaggedEntry, any_label, roll_up, tagged_cells
from classifier.taxonomy import Taxonomy

_BATCH = 32
"""Entries that go through the model together: enough to share its overhead, few enough to stream."""


class Classifier:
    """Tags journal entries with thinking patterns.

    A screening aid, not a diagnosis: it misses tags and sets wrong ones, and does not look for risk.

    Parameters
    ----------
    trained
        An artifact, as `artifact.load` gives it; most callers use `Classifier.load`.

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
        manifest = trained.manifest
        self.manifest: Manifest = manifest
        self.taxonomy = Taxonomy.from_dict(manifest.taxonomy)
        self._model = trained.model
        self._explainer = Explainer(trained.model)
        self._preprocessor = Preprocessor(manifest.pipeline)

    @classmethod
    def load(cls, path: str | Path | None = None, *, taxonomy: Taxonomy | None = None) -> Classifier:
        """Load a trained model.

        Parameters
        ----------
        path
            An artifact. By default the model of this environment, which is trained from the corpus
            that comes with the package when it is asked for the first time (under a minute, once).
        taxonomy
            The labels that it must have; for the default model those of the project.

        Raises
        ------
        ArtifactError
            The file is missing, damaged, or made for other versions or labels.
        """
        if path is None:
            return cls(default.load())
        return cls(artifact.load(Path(path), labels=None if taxonomy is None else taxonomy.ids))

    @classmethod
    def check(cls, path: str | Path | None = None) -> Path:
        """Return the file that `load` would read, once it is known that it can be; parameter and errors as there.

        Nothing inside it is run, so that a program can look before it goes on to load it, perhaps in other processes.
        """
        if path is None:
            return default.file()
        manifest = artifact.check(Path(path))
        if manifest.pipeline != DEFAULT_PIPELINE:
            Preprocessor(manifest.pipeline)
        return Path(path)

    @property
    def version(self) -> str:
        """Which model this is; stands in every result."""
        return self.manifest.version

    @property
    def labels(self) -> tuple[str, ...]:
        """Label ids, in the order of the taxonomy."""
        return tuple(self.manifest.labels)

    @property
    def operating_points(self) -> Mapping[str, Mapping[str, float]]:
        """Name of each operating point, and the threshold it sets for each label."""
        return self.manifest.thresholds

    def tag(self, text: str, options: Options = DEFAULTS) -> TaggedEntry:
        """Tag one entry. Offsets in the answer count code points of `text`.

        Raises
        ------
        UnknownName
            The operating point or a label does not exist.
        """
        return next(self.tag_many([text], options))

    def tag_many(self, texts: Iterable[str], options: Options = DEFAULTS) -> Iterator[TaggedEntry]:
        """Tag entries as they come, in their order, holding only a few at a time.

        Wrong options raise here, before the first entry is read; errors as in `tag`.

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
        return np.asarray(expit(read(self._model, sentences).log_odds))

    def thresholds(self, options: Options = DEFAULTS) -> dict[str, float]:
        """Return the lowest probability that makes a tag, for each label looked for; errors as in `tag`."""
        return self.manifest.thresholds_for(options)

    def _stream(self, texts: Iterator[str], thresholds: Mapping[str, float], evidence: bool) -> Iterator[TaggedEntry]:
        known = self.labels
        wanted = [known.index(label) for label in thresholds]
        while batch := list(islice(texts, _BATCH)):
            reasons = [reason_not_to_judge(text) for text in batch]
            entries = [
                self._preprocessor.sentences(text) if reason is None else []
                for text, reason in zip(batch, reasons, strict=True)
            ]
            every = [sentence for sentences in entries for sentence in sentences]
            reading = read(self._model, every) if every else None
            first = 0
            for reason, sentences in zip(reasons, entries, strict=True):
                if reading is None or not sentences:
                    yield TaggedEntry(None, "cannot_judge", reason or "empty", (), {}, self.version)
                else:
                    yield self._judge(reading, range(first, first + len(sentences)), wanted, thresholds, evidence)
                    first += len(sentences)

    def _judge(
        self, reading: Reading, numbers: range, wanted: list[int], thresholds: Mapping[str, float], evidence: bool
    ) -> TaggedEntry:
        """Tag the entry whose sentences have these numbers in the reading; `wanted` are the numbers of the labels."""
        labels, least = tuple(thresholds), tuple(thresholds.values())
        probabilities = expit(reading.log_odds[numbers.start : numbers.stop, wanted])
        tags = tuple(
            Tag(
                label=labels[j],
                probability=float(probabilities[i, j]),
                threshold=least[j],
                start=reading.parts[numbers[i]].start,
                end=reading.parts[numbers[i]].end,
                evidence=self._evidence(reading, numbers[i], wanted[j]) if evidence else (),
            )
            for i, j in tagged_cells(probabilities, np.array(least))
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

    def _evidence(self, reading: Reading, sentence: int, label: int) -> tuple[Evidence, ...]:
        part = int(reading.spoke[sentence, label])
        return self._explainer.evidence(reading.parts[part], reading.columns[part], label)
