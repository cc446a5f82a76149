"""Defines `Classifier`, which tags the text of an entry. START HERE: this module shows the whole flow.

text
  │ readable           no markup, stamps and odd characters; a map back to the given text
  ▼
view ── language ──→ cannot_judge (empty, too short, not English, ...)
  │
  │ preprocess         spaCy: sentences with normalized words, word classes and cues
  ▼
sentences
  │ model.scoring      families → index → vectorizer → tagger, for sentences and their clauses; encoder → blend
  ▼
log-odds, one for each sentence and label
  │ tagging            a probability that reaches its threshold gives a tag
  ▼
tags ── model.evidence ──→ the words that raised the probability most

The name of each step is the name of its module or package in `classifier`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from classifier.language import Reason, reason_not_clear, reason_not_to_judge
from classifier.model import artifact
from classifier.model.artifact import Artifact, Manifest
from classifier.model.evidence import Explainer
from classifier.model.packaged import model_file
from classifier.model.scoring import Scores, score
from classifier.options import DEFAULTS, Options
from classifier.preprocess import DEFAULT_PIPELINE, Preprocessor, Sentence
from classifier.readable import View, readable
from classifier.tagging import Evidence, Tag, TaggedEntry, any_label, roll_up, tagged_cells
from classifier.taxonomy import Taxonomy

_BATCH = 32
"""Number of entries that are scored in one call. More would delay the first result; fewer would be slower."""


class Classifier:
    """Tags journal entries with thinking patterns.

    This is a screening aid and not a diagnosis. It misses tags, sets wrong tags, and does not look for risk.

    Parameters
    ----------
    trained
        A saved model, as `artifact.load` returns it. Most callers use `Classifier.load` instead.

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
    def load(cls, model: str | Path | None = None, *, taxonomy: Taxonomy | None = None) -> Classifier:
        """Load a trained model.

        Parameters
        ----------
        model
            `default` or `fast`, the names of the models of the package (see `classifier.model.packaged`), or the file
            of a saved model. None means `default`.
        taxonomy
            The labels that the model must have. None accepts any labels.

        Raises
        ------
        ArtifactError
            The file is missing or damaged, or belongs to other versions or labels.
        """
        return cls(artifact.load(model_file(model), labels=None if taxonomy is None else taxonomy.ids))

    @classmethod
    def check(cls, model: str | Path | None = None) -> Path:
        """Check the file that `load` would read, and return its path. The model is not loaded.

        Programs that load the model later or in other processes use this method. It has the same parameter `model` and
        raises the same errors.
        """
        path = model_file(model)
        manifest = artifact.check(path)
        if manifest.pipeline != DEFAULT_PIPELINE:
            Preprocessor(manifest.pipeline)  # raises if the spaCy pipeline is not installed
        return path

    @property
    def version(self) -> str:
        """The version of the loaded model. Every result contains it."""
        return self.manifest.version

    @property
    def labels(self) -> tuple[str, ...]:
        """The label ids, in the order of the taxonomy."""
        return tuple(self.manifest.labels)

    @property
    def experimental(self) -> tuple[str, ...]:
        """The labels that could not be shown to work. They are looked for only if `Options.labels` names them."""
        return tuple(self.manifest.experimental)

    @property
    def operating_points(self) -> Mapping[str, Mapping[str, float]]:
        """Maps the name of each operating point to its thresholds by label id."""
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
        """Tag entries one batch at a time, and yield the results in order.

        Wrong options raise the errors of `tag` at the call, before the first entry is read.

        Examples
        --------
        >>> [entry.status for entry in Classifier.load().tag_many(["", "Walked the dog, then work."])]
        ['cannot_judge', 'no_tags']
        """
        return self._stream(iter(texts), self.thresholds(options), options.evidence)

    def probabilities(self, sentences: Sequence[Sentence]) -> NDArray[np.float64]:
        """Return the probability of each label for each sentence, as an array of shape (sentences, labels)."""
        if not sentences:
            return np.empty((0, len(self.labels)))
        return np.asarray(expit(score(self._model, sentences).log_odds))

    def thresholds(self, options: Options = DEFAULTS) -> dict[str, float]:
        """Return the lowest probability of a tag for each label to look for. Raises the errors of `tag`."""
        return self.manifest.thresholds_for(options)

    def _stream(self, texts: Iterator[str], thresholds: Mapping[str, float], evidence: bool) -> Iterator[TaggedEntry]:
        label_numbers = [self.labels.index(label) for label in thresholds]
        while batch := list(islice(texts, _BATCH)):
            views = [readable(text) for text in batch]
            reasons = [reason_not_to_judge(view.text) for view in views]
            entries = [
                self._preprocessor.sentences(view.text) if reason is None else []
                for view, reason in zip(views, reasons, strict=True)
            ]
            all_sentences = [sentence for sentences in entries for sentence in sentences]
            scores = score(self._model, all_sentences) if all_sentences else None
            first = 0  # the row in `scores` of the first sentence of the next entry
            for view, reason, sentences in zip(views, reasons, entries, strict=True):
                if scores is None or not sentences:
                    yield self._not_judged(reason or "empty")
                else:
                    numbers = range(first, first + len(sentences))
                    yield self._tag_entry(view, scores, numbers, label_numbers, thresholds, evidence)
                    first += len(sentences)

    def _not_judged(self, reason: Reason) -> TaggedEntry:
        return TaggedEntry(None, "cannot_judge", reason, (), {}, self.version)

    def _tag_entry(
        self,
        view: View,
        scores: Scores,
        numbers: range,
        label_numbers: list[int],
        thresholds: Mapping[str, float],
        evidence: bool,
    ) -> TaggedEntry:
        """Tag one entry. `numbers` are the row numbers of its sentences in `scores`."""
        labels, lowest = tuple(thresholds), tuple(thresholds.values())
        probabilities = expit(scores.log_odds[numbers.start : numbers.stop, label_numbers])
        tags: list[Tag] = []
        for i, j in tagged_cells(probabilities, np.array(lowest)):
            start, end = view.given(scores.parts[numbers[i]].start, scores.parts[numbers[i]].end)
            words = self._evidence(view, scores, numbers[i], label_numbers[j]) if evidence else ()
            tags.append(Tag(labels[j], float(probabilities[i, j]), lowest[j], start, end, words))
        if not tags and (reason := reason_not_clear(view.text)):
            return self._not_judged(reason)
        return TaggedEntry(
            id=None,
            status="tagged" if tags else "no_tags",
            reason=None,
            tags=tuple(tags),
            probabilities=roll_up(probabilities, labels),
            model=self.version,
            any_label=any_label(probabilities),
        )

    def _evidence(self, view: View, scores: Scores, sentence: int, label: int) -> tuple[Evidence, ...]:
        part = int(scores.best_part[sentence, label])
        read = scores.parts[sentence] if scores.is_read[sentence] else None
        spans = self._explainer.evidence(scores.parts[part], scores.columns[part], label, read=read)
        return tuple(Evidence(*view.given(span.start, span.end), span.weight) for span in spans)
