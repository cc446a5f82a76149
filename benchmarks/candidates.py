"""Compare features and estimators under the same grouped cross-validation; prints docs/records/candidates.md.

Usage: python benchmarks/candidates.py [ANNOTATED]     (about 20 minutes on two cores)

Each candidate is cross-validated on the project's corpus, with folds grouped by entry, and measured on the sentences
of entries (not of thoughts). It is then fitted on the whole corpus and measured on ANNOTATED, if given: real posts that
no candidate was trained on. Fitting time is given relative to the candidate in use, measured in the same run.
"""

from __future__ import annotations

import pickle
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.svm import LinearSVC

from classifier.model.families import FAMILIES
from classifier.model.tagger import CalibratedTagger
from classifier.model.vectorizer import SerialFeatureUnion, Vectorizer, build_features
from classifier.preprocess import Preprocessor
from classifier.taxonomy import Taxonomy
from training.corpus.files import default_corpus
from training.corpus.project_format import read_corpus
from training.corpus.sentences import Sentences, split_entries


def union(*families: str) -> FeatureUnion:
    """Return the unfitted vectorizers of some families of features."""
    return SerialFeatureUnion([(name, Vectorizer(FAMILIES[name])) for name in families])


def logistic() -> LogisticRegression:
    """Return the unfitted regression that several candidates share."""
    return LogisticRegression(C=5.0, solver="liblinear", dual=True, tol=0.05, max_iter=1000, random_state=0)


INTRODUCTION = """# Candidates

Features and estimators under the same five-fold cross-validation, grouped by entry. Made by `make candidates`.

All are fitted on the corpus ({sentences} sentences). "Own entries" are its {entries} sentences of entries, each judged
by a model that has not seen its group; "real posts" are annotated posts none was trained on, judged by a model
of the whole corpus, and they are what counts. AUC and AP (average precision) are of "tagged at all": how well the
sentences with any tag are ranked before the others, by their likeliest label. Label AP is over all pairs of sentence
and label. MB is the size of the fitted model, and time to fit a ratio to the candidate in use, in the same run. (Naive
Bayes gives probabilities that do not compare from label to label, and so ranks badly over all of them.)
"""

IN_USE = "all features; calibrated tagger (in use)"
CANDIDATES = {
    "words; logistic regression": (union("words"), OneVsRestClassifier(logistic())),
    "words, characters; linear SVM, Platt": (
        union("words", "characters"),
        OneVsRestClassifier(CalibratedClassifierCV(LinearSVC(random_state=0), cv=3)),
    ),
    "folded, cue pairs; complement naive Bayes": (
        union("folded", "cue_pairs"),
        OneVsRestClassifier(ComplementNB()),
    ),
    "all features, SVD 150; gradient boosting": (
        Pipeline([("features", build_features()), ("svd", TruncatedSVD(150, random_state=0))]),
        OneVsRestClassifier(HistGradientBoostingClassifier(max_iter=60, random_state=0)),
    ),
    "all features; logistic regression": (build_features(), OneVsRestClassifier(logistic())),
    "folded, cue pairs; calibrated tagger": (union("folded", "cue_pairs"), CalibratedTagger(n_jobs=2)),
    IN_USE: (build_features(), CalibratedTagger(n_jobs=2)),
}


def fit_candidate(name: str, data: Sentences) -> tuple[Pipeline, float]:
    """Return a fitted candidate, and the seconds that fitting took."""
    extract, estimator = CANDIDATES[name]
    pipeline = Pipeline([("features", clone(extract)), ("tagger", clone(estimator))])
    more = {}
    if isinstance(estimator, CalibratedTagger):
        more = {"tagger__groups": data.groups, "tagger__thoughts": data.thoughts}
    start = time.perf_counter()
    pipeline.fit(data.rows, data.labels.astype(int), **more)
    return pipeline, time.perf_counter() - start


def figure_cells(truth: np.ndarray, probabilities: np.ndarray) -> list[str]:
    """Return AUC and AP of "tagged at all", and AP over all labels together, as text."""
    tagged, strongest = truth.any(axis=1), probabilities.max(axis=1)
    figures = (
        roc_auc_score(tagged, strongest),
        average_precision_score(tagged, strongest),
        average_precision_score(truth.ravel(), probabilities.ravel()),
    )
    return [f"{figure:.3f}" for figure in figures]


def main() -> None:
    """Measure all candidates and print the table."""
    warnings.filterwarnings("ignore", category=UserWarning)
    taxonomy, preprocessor = Taxonomy.load(), Preprocessor()
    data = split_entries(read_corpus(default_corpus(), taxonomy), preprocessor, taxonomy)
    annotated = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    real = split_entries(read_corpus(annotated, taxonomy), preprocessor, taxonomy) if annotated else None
    splits = list(GroupKFold(5, shuffle=True, random_state=1).split(data.labels, groups=data.groups))
    rows, seconds = {}, {}
    for name in CANDIDATES:
        probabilities = np.zeros(data.labels.shape)
        for train, test in splits:
            fitted, _ = fit_candidate(name, data.take(train))
            probabilities[test] = fitted.predict_proba([data.rows[i] for i in test])
        fitted, seconds[name] = fit_candidate(name, data)
        row = figure_cells(data.labels[data.in_entries], probabilities[data.in_entries])
        if real is not None:
            kept = ~real.disputed
            row = figure_cells(real.labels[kept], fitted.predict_proba(real.rows)[kept]) + row
        rows[name] = [*row, f"{len(pickle.dumps(fitted)) / 1e6:.1f}"]
        print(f"{name}: {rows[name]} {seconds[name]:.0f} s", file=sys.stderr, flush=True)

    groups = (["real posts"] if real is not None else []) + ["own entries"]
    figures = [f"{group}: {figure}" for group in groups for figure in ("AUC", "AP", "label AP")]
    heads = ["features; estimator", *figures, "MB", "time to fit"]
    print(INTRODUCTION.format(sentences=len(data.rows), entries=int(data.in_entries.sum())))
    print("| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for name, row in rows.items():
        print("| " + " | ".join([name, *row, f"{seconds[name] / seconds[IN_USE]:.1f}"]) + " |")


if __name__ == "__main__":
    main()
