"""Posts in; rates, memory and cold start out, compared side by side in one run.

    python benchmarks/throughput.py [../shared/data] [--posts 10000] [--rounds 5] [--growth 1000000] [--torch PYTHON]

The posts are those of `therapist_qa.csv`, repeated. The textbook pipeline needs spacy-lookups-data for its lemmas.
`--growth` also tags a thousand entries, ten thousand, and so on up to its number. `--torch` names a Python with torch
and transformers, to compare with a transformer of the size of RoBERTa base; random weights are enough to measure speed.
Each figure is a ratio within one round; the median of the rounds is printed.
"""

from __future__ import annotations

import argparse
import csv
import gc
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import spacy
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from classifier import Classifier, Options

COLUMN = "Patient Question"
TAG = [sys.executable, "-m", "classifier", "tag"]

TRANSFORMER = """
import json, sys, time, torch
from transformers import RobertaConfig, RobertaForSequenceClassification
torch.set_num_threads(1)
config = RobertaConfig(vocab_size=50265, num_labels=17, max_position_embeddings=514)
model = RobertaForSequenceClassification(config).eval()
started = time.perf_counter()
with torch.inference_mode():
    for length in json.load(sys.stdin):
        model(torch.randint(5, 50000, (1, min(length, 512))))
print(time.perf_counter() - started)
"""


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def drain(stream: Iterable[object]) -> None:
    """Consume a stream."""
    for _ in stream:
        pass


class Textbook:
    """A textbook pipeline on whole entries: lookup lemmas, TF-IDF of words and pairs, one regression per label."""

    def __init__(self, texts: list[str]) -> None:
        self.nlp = spacy.blank("en")
        self.nlp.add_pipe("lemmatizer", config={"mode": "lookup"})
        self.nlp.initialize()
        self.vectorizer = TfidfVectorizer(ngram_range=(1, 2))
        # Made-up labels: they do not change the speed.
        labels = [[(i >> bit) & 1 for bit in range(10)] for i in range(len(texts))]
        columns = self.vectorizer.fit_transform(self.lemmas(texts))
        self.model = OneVsRestClassifier(LogisticRegression(max_iter=20, solver="liblinear")).fit(columns, labels)

    def lemmas(self, texts: Iterable[str]) -> list[str]:
        """Return texts as their lemmas."""
        return [" ".join([token.lemma_ for token in doc]) for doc in self.nlp.pipe(texts)]

    def predict(self, texts: list[str]) -> None:
        """Give probabilities to texts, a batch at a time."""
        for first in range(0, len(texts), 500):
            self.model.predict_proba(self.vectorizer.transform(self.lemmas(texts[first : first + 500])))


def call(words: list[str]) -> tuple[float, float]:
    """Run a command; return its seconds, and the peak memory in MB of the largest of its processes."""
    with tempfile.NamedTemporaryFile() as peak:
        started = time.perf_counter()
        command = ["/usr/bin/time", "-f", "%M", "-o", peak.name, *words]
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - started, int(Path(peak.name).read_text().split()[-1]) * 1024 / 1e6


def journal(folder: Path, texts: list[str], number: int) -> Path:
    """Write `number` entries as JSON Lines."""
    path = folder / f"{number}.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for i, text in enumerate(itertools.islice(itertools.cycle(texts), number)):
            out.write(json.dumps({"id": str(i), "text": text}) + "\n")
    return path


def in_one_process(texts: list[str], posts: list[str], rounds: int, torch: str | None) -> None:
    """Print the rows that compare the library with other libraries."""
    bare, classifier, textbook = spacy.blank("en"), Classifier.load(), Textbook(texts)
    gc.collect()
    gc.freeze()
    works: dict[str, Callable[[], object]] = {
        "tokens": lambda: drain(bare.pipe(posts)),
        "tags": lambda: drain(classifier.tag_many(posts, Options(evidence=False))),
        "evidence": lambda: drain(classifier.tag_many(posts)),
        "textbook": lambda: textbook.predict(posts),
    }
    few = posts[:: len(posts) // 40]  # a transformer needs minutes for all of them
    drain(classifier.tag_many(posts[:200]))
    taken: dict[str, list[float]] = {name: [] for name in (*works, "transformer")}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(seconds(work) / len(posts))
        if torch is not None:
            taken["transformer"].append(transformer(torch, few) / len(few))
    rate = {name: 1 / statistics.median(values) for name, values in taken.items() if values}
    print(f"entries a second: {', '.join(f'{name} {value:.4g}' for name, value in rate.items())}\n")
    print("| what | measured | reach |\n|---|---|---|", flush=True)
    row("tags and probabilities, against bare tokenization", ratio(taken["tokens"], taken["tags"]), "≥ 0.5")
    row("the same with evidence", ratio(taken["tokens"], taken["evidence"]), "≥ 0.4")
    row("tags, against a textbook pipeline", ratio(taken["textbook"], taken["tags"]), "≥ 1.3")
    name = "tags, against a transformer of RoBERTa's base size on one core"
    if torch is None:
        print(f"| {name} | not measured: give --torch | ≥ 300 |")
    else:
        row(name, ratio(taken["transformer"], taken["tags"]), "≥ 300")


def transformer(torch: str, posts: list[str]) -> float:
    """Return the seconds that a transformer needs for posts, without its start and its tokenizer."""
    lengths = json.dumps([int(len(text.split()) * 1.3) for text in posts])
    done = subprocess.run([torch, "-c", TRANSFORMER], input=lengths, capture_output=True, text=True, check=True)
    return float(done.stdout)


def as_commands(texts: list[str], number: int, rounds: int) -> None:
    """Print the rows that compare commands with each other."""
    ways = {"one": [], "two": ["--jobs", "2"], "dask": ["--engine", "dask", "--jobs", "2", "--format", "jsonl"]}
    whole: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    start: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many, few = journal(folder, texts, number), journal(folder, texts, 2)
        for i in range(rounds):
            for way, options in ways.items():
                whole[way].append(call([*TAG, str(many), "--out", str(folder / f"{way}{i}.jsonl"), *options]))
                start[way].append(call([*TAG, str(few), "--out", str(folder / f"{way}{i}few.jsonl"), *options])[0])
        one = folder / "one.txt"
        one.write_text(texts[0], encoding="utf-8")
        cold = [call([*TAG, str(one), "--format", "jsonl"])[0] for _ in range(rounds)]
        imports = [call([sys.executable, "-c", "import spacy, sklearn"])[0] for _ in range(rounds)]
    times = {way: [seconds for seconds, _ in runs] for way, runs in whole.items()}
    rest = {way: [a - b for a, b in zip(times[way], start[way], strict=True)] for way in ways}
    row("two processes against one", ratio(times["one"], times["two"]), "≥ 1.8")
    row("the same, without the start", ratio(rest["one"], rest["two"]), "≥ 1.8")
    row("Dask on two local workers against one process", ratio(times["one"], times["dask"]), "≥ 1.6")
    row("the same, without the start", ratio(rest["one"], rest["dask"]), "≥ 1.6")
    print(f"| peak memory of a process | {statistics.median(peak for _, peak in whole['one']):.0f} MB | ≤ 400 MB |")
    row("cold start for one entry, against importing spaCy and scikit-learn", ratio(cold, imports), "≤ 1.6")
    print("\nA lost worker does not change the result: see test_a_lost_worker in tests/test_bulk_dask.py.")
    print("Start, in seconds:", ", ".join(f"{way} {statistics.median(taken):.1f}" for way, taken in start.items()))


def growth(texts: list[str], largest: int) -> None:
    """Print seconds and memory for a thousand entries, ten thousand, and so on up to the largest number."""
    print("\n| entries | one process | two processes | peak memory of a process |\n|---|---|---|---|", flush=True)
    peaks = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        number = 1_000
        while number <= largest:
            path = str(journal(folder, texts, number))
            one, two = ([*TAG, path, "--out", str(folder / f"{name}.csv"), "--overwrite"] for name in ("one", "two"))
            alone = f"{call(one)[0]:.0f} s" if number < 1_000_000 else "not run"
            together, peaks[number] = call([*two, "--jobs", "2"])
            print(f"| {number:,} | {alone} | {together:.0f} s | {peaks[number]:.0f} MB |", flush=True)
            number *= 10
    if 10_000 in peaks:
        growth_ratio = peaks[max(peaks)] / peaks[10_000]
        print(f"\nPeak memory of {max(peaks):,} entries against 10,000: {growth_ratio:.2f} (≤ 1.1)")


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", type=Path, default=Path("../shared/data"))
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--growth", type=int, default=0, help="entries of the longest run; by default none is done")
    parser.add_argument("--torch", help="Python with torch and transformers")
    options = parser.parse_args()
    with (options.data / "therapist_qa.csv").open(encoding="utf-8", newline="") as stream:
        texts = [row[COLUMN] for row in csv.DictReader(stream)]
    posts = list(itertools.islice(itertools.cycle(texts), options.posts))
    words = statistics.mean(len(text.split()) for text in posts)
    print(f"{len(posts)} posts, {words:.0f} words on average; median of {options.rounds}\n", flush=True)
    in_one_process(texts, posts, options.rounds, options.torch)
    as_commands(texts, options.posts, options.rounds)
    if options.growth:
        growth(texts, options.growth)


def ratio(over: list[float], under: list[float]) -> float:
    """Return the median of the ratios within each round."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def row(what: str, measured: float, reach: str) -> None:
    """Print one row of the table."""
    print(f"| {what} | {measured:.2f} | {reach} |", flush=True)


if __name__ == "__main__":
    main()
