"""Models for the tests: a small one, trained in a second by the real code, and the default one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers.serving import Served, serving
from hypothesis import settings

from classifier.pipeline import Classifier
from training.corpus.files import default_corpus
from training.trainer import train

# A time limit per example would only measure how busy the machine is.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A slice of the project's corpus, some 500 thoughts and 110 entries, with enough groups for each label."""
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "thoughts.jsonl").write_bytes((default_corpus() / "thoughts-mixed.jsonl").read_bytes())
    (folder / "entries.jsonl").write_bytes((default_corpus() / "alcohol-1.jsonl").read_bytes())
    return folder


@pytest.fixture(scope="session")
def small_model(small_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artifact of a model trained on `small_corpus`."""
    path = tmp_path_factory.mktemp("model") / "small.thoughtmark"
    train(path, corpus=small_corpus)
    return path


@pytest.fixture(scope="session")
def classifier(small_model: Path) -> Classifier:
    """The small model, loaded."""
    return Classifier.load(small_model)


@pytest.fixture(scope="session")
def default_model() -> Classifier:
    """The default model of the package."""
    return Classifier.load()


_TWO_LABELS = """format = 1
[[labels]]
id = "bargaining"
name = "Bargaining"
definition = "A deal lets use in under a limit."
is_not = "A plan that keeps use out."
question = "What happened next?"
source = "test"
[[labels]]
id = "labeling"
name = "Labeling"
definition = "The whole self under one damning name."
is_not = "A name used as plain fact."
question = "What does that name leave out?"
source = "test"
"""

_THOUGHTS = (
    (("bargaining",), "just one drink with {}"),
    (("labeling",), "i am useless like {}"),
    ((), "we went to {} today"),
    ((), "never slept. bought {}"),
)


@pytest.fixture
def two_labels(tmp_path: Path) -> Path:
    """A folder with a taxonomy of two labels (`taxonomy.toml`) and a corpus of 60 thoughts (`corpus/a.jsonl`)."""
    things = "apple river stone cloud paper glass metal train plant music chair water bread light snow".split()
    texts = [(names, text.format(thing)) for thing in things for names, text in _THOUGHTS]
    rows = [
        {
            "id": f"t-{number}",
            "kind": "thought",
            "text": text,
            "spans": [{"start": 0, "end": len(text), "labels": names}] if names else [],
        }
        for number, (names, text) in enumerate(texts)
    ]
    folder = tmp_path / "two"
    (folder / "corpus").mkdir(parents=True)
    (folder / "taxonomy.toml").write_text(_TWO_LABELS, encoding="utf-8")
    (folder / "corpus" / "a.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return folder


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a file below the test's folder and returns its path."""

    def write_file(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write_file


@pytest.fixture(scope="session")
def server(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The endpoint with the small model, without a key, logging all that it ever would."""
    with serving(tmp_path_factory.mktemp("server"), "--model", small_model, log_level="debug") as served:
        yield served.ready()
