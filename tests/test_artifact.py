"""Artifacts are written completely or not at all, checked before unpickling, and refused in one sentence."""

from __future__ import annotations

import dataclasses
import json
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import sklearn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline

from classifier.errors import ArtifactDamaged, ArtifactError, ArtifactIncompatible, ArtifactNotFound
from classifier.model import artifact
from classifier.model.artifact import Manifest
from classifier.model.scoring import Model
from classifier.model.tagger import CalibratedTagger

LABELS = ("labeling", "denial")
FACTS: dict[str, Any] = {
    "project": "1.2.3",
    "pipeline": "blank:en",
    "labels": LABELS,
    "taxonomy": {},
    "experimental": (),
    "thresholds": {"balanced": {"labeling": 0.5, "denial": 0.25}},
    "calibration": {},
    "quality": {},
    "corpus": {},
    "created": "2026-03-02T08:00:00+00:00",
}
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., None], tuple[Path]]:
        return os.mkdir, (self.mark,)


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """Where the folder appears if the payload of `bomb` is unpickled."""
    return tmp_path / "unpickled"


@pytest.fixture
def bomb(tmp_path: Path, mark: Path) -> Path:
    """A valid artifact whose payload makes a folder when it is unpickled."""
    path = tmp_path / "bomb.thoughtmark"
    artifact.save(path, Model(Bomb(mark)), **FACTS)
    return path


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest artifact."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.thoughtmark"
    artifact.save(path, Model(Pipeline([("tagger", CalibratedTagger())])), **FACTS)
    return path


def parts(path: Path) -> tuple[dict[str, Any], bytes]:
    """Return an artifact's manifest as stored, and its payload."""
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("manifest.json")), archive.read("model.joblib")


def write(path: Path, manifest: bytes | dict[str, Any], payload: bytes) -> None:
    """Write an artifact without any check."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", manifest if isinstance(manifest, bytes) else json.dumps(manifest))
        archive.writestr("model.joblib", payload)


def change(path: Path, **changes: Any) -> None:
    """Change fields of an artifact's manifest; None removes one."""
    manifest, payload = parts(path)
    manifest |= changes
    removed = {name for name, value in changes.items() if value is None}
    write(path, {name: value for name, value in manifest.items() if name not in removed}, payload)


def outcome(path: Path) -> Manifest | str:
    """Return the manifest of an artifact, or the error if it does not load."""
    try:
        return artifact.load(path).manifest
    except ArtifactError as error:
        return str(error)


def is_a_sentence_for(error: object, path: Path) -> bool:
    """Return whether a message names the file, is one line, and says what to do."""
    message = str(error)
    return message.startswith(f"{path}: ") and "\n" not in message and "; " in message


def test_manifest_has_all_fields(small_model: Path) -> None:
    """The stored manifest has every field of `Manifest`; only those of the models of the package are empty."""
    manifest, _ = parts(small_model)
    assert list(manifest) == [field.name for field in dataclasses.fields(Manifest)]
    assert [name for name, value in manifest.items() if not value] == ["experimental", "encoder"]
    assert len(manifest["labels"]) == len(manifest["thresholds"]["balanced"]) == 17
    assert manifest["scikit_learn"] == sklearn.__version__


def test_version_names_this_very_model(tmp_path: Path) -> None:
    """Two models have different versions; one model saved twice has the same."""
    first, again, other = (
        artifact.save(tmp_path / "a", Model(Pipeline([("tagger", CalibratedTagger(C))])), **FACTS).version
        for C in (1, 1, 2)
    )
    assert first == again != other
    assert first.startswith("1.2.3+")


def test_sound_artifact_loads(tiny: Path) -> None:
    """A saved model can be loaded, with a check of its labels."""
    loaded = artifact.load(tiny, labels=LABELS)
    assert loaded.manifest.labels == list(LABELS)
    assert loaded.model.linear["tagger"].get_params() == CalibratedTagger().get_params()


def test_sound_payload_is_unpickled(bomb: Path, mark: Path) -> None:
    """The payload of the tests below is unpickled if all checks pass."""
    artifact.load(bomb)
    assert mark.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scikit_learn": "1.0"}, f"scikit-learn 1.0, but {sklearn.__version__} is installed"),
        ({"spacy": "3.0.0"}, "spaCy 3.0.0"),
        ({"columns_version": 99}, f"columns version 99, but {artifact.COLUMNS_VERSION} is installed"),
        ({"format": 1}, "format 1, expected 3"),
        ({"format": None}, "format None, expected 3"),
    ],
)
def test_made_for_something_else(bomb: Path, mark: Path, changes: dict[str, Any], message: str) -> None:
    """An artifact of other versions or another format is refused before unpickling; the error names the difference."""
    change(bomb, **changes)
    with pytest.raises(ArtifactIncompatible) as caught:
        artifact.load(bomb)
    assert is_a_sentence_for(caught.value, bomb)
    assert message in str(caught.value)
    assert "thoughtmark train" in str(caught.value)
    assert not mark.exists()


@pytest.mark.parametrize("labels", [("denial", "labeling"), ("labeling",), ("labeling", "bargaining"), ()])
def test_made_for_other_labels(bomb: Path, mark: Path, labels: tuple[str, ...]) -> None:
    """An artifact with other labels, or another order of labels, is refused before unpickling."""
    with pytest.raises(ArtifactIncompatible) as caught:
        artifact.load(bomb, labels=labels)
    assert is_a_sentence_for(caught.value, bomb)
    assert "--taxonomy" in str(caught.value)
    assert not mark.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": "0" * 64},
        {"quality": None},
        {"colour": "blue"},
        {"thresholds": {"balanced": {"labeling": 0.1, "denial": 0.25}}},
        {"payload": "model.npz"},
    ],
)
def test_manifest_that_does_not_hold(bomb: Path, mark: Path, changes: dict[str, Any]) -> None:
    """A wrong hash, a missing, unknown or changed field are refused before unpickling."""
    change(bomb, **changes)
    with pytest.raises(ArtifactDamaged) as caught:
        artifact.load(bomb)
    assert is_a_sentence_for(caught.value, bomb)
    assert not mark.exists()


def test_payload_of_another_artifact(bomb: Path, mark: Path, tmp_path: Path) -> None:
    """The payload of another artifact is not unpickled."""
    manifest, _ = parts(bomb)
    joblib.dump(Bomb(mark), tmp_path / "other", compress=3)
    write(bomb, manifest, (tmp_path / "other").read_bytes())
    with pytest.raises(ArtifactDamaged, match="SHA-256"):
        artifact.load(bomb)
    assert not mark.exists()


@pytest.mark.parametrize("manifest", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_manifest_that_is_not_json(bomb: Path, mark: Path, manifest: bytes) -> None:
    """A manifest that is not JSON is refused before unpickling."""
    write(bomb, manifest, parts(bomb)[1])
    with pytest.raises(ArtifactDamaged, match="not JSON") as caught:
        artifact.load(bomb)
    assert is_a_sentence_for(caught.value, bomb)
    assert not mark.exists()


@pytest.mark.parametrize("manifest", [b"null", b"[]", b'"text"', b"7"])
def test_manifest_that_is_no_table(bomb: Path, mark: Path, manifest: bytes) -> None:
    """A manifest that is JSON but no object is refused before unpickling."""
    write(bomb, manifest, parts(bomb)[1])
    with pytest.raises(ArtifactIncompatible):
        artifact.load(bomb)
    assert not mark.exists()


def test_bare_pickle(tmp_path: Path, mark: Path) -> None:
    """A plain joblib file is not unpickled."""
    path = tmp_path / "bare.thoughtmark"
    joblib.dump(Bomb(mark), path)
    with pytest.raises(ArtifactDamaged):
        artifact.load(path)
    assert not mark.exists()


@pytest.mark.parametrize("content", [b"", b"a journal", b"PK\x03\x04"])
def test_not_a_zip(tmp_path: Path, content: bytes) -> None:
    """A file of another kind is refused."""
    path = tmp_path / "model.thoughtmark"
    path.write_bytes(content)
    with pytest.raises(ArtifactDamaged) as caught:
        artifact.load(path)
    assert is_a_sentence_for(caught.value, path)


def test_zip_of_something_else(tmp_path: Path) -> None:
    """A zip without manifest and payload is refused."""
    path = tmp_path / "model.thoughtmark"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "")
    with pytest.raises(ArtifactDamaged):
        artifact.load(path)


def test_folder(tmp_path: Path) -> None:
    """A folder is refused."""
    with pytest.raises(ArtifactDamaged):
        artifact.load(tmp_path)


def test_missing_file(tmp_path: Path) -> None:
    """A missing file is a different error than a damaged one."""
    with pytest.raises(ArtifactNotFound) as caught:
        artifact.load(tmp_path / "none.thoughtmark")
    assert is_a_sentence_for(caught.value, tmp_path / "none.thoughtmark")


def test_any_truncation_is_refused(tiny: Path, tmp_path: Path) -> None:
    """A file that is truncated at any byte is refused."""
    whole = tiny.read_bytes()
    path = tmp_path / "cut.thoughtmark"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ArtifactDamaged):
            artifact.load(path)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_damage_is_refused_or_harmless(tiny: Path, tmp_path: Path, data: st.DataObject) -> None:
    """A file with one changed byte is refused, or loads unchanged if the byte is a date in the zip."""
    whole = bytearray(tiny.read_bytes())
    whole[data.draw(st.integers(0, len(whole) - 1), label="byte")] ^= data.draw(st.integers(1, 255), label="change")
    path = tmp_path / "damaged.thoughtmark"
    path.write_bytes(whole)
    damaged = outcome(path)
    assert damaged == outcome(tiny) or is_a_sentence_for(damaged, path)


def test_flipped_byte_in_the_payload(small_model: Path, tmp_path: Path) -> None:
    """A changed byte anywhere in the stored payload is detected."""
    whole = bytearray(small_model.read_bytes())
    with zipfile.ZipFile(small_model) as archive:
        stored = archive.getinfo("model.joblib")
    path = tmp_path / "damaged.thoughtmark"
    for share in (0.1, 0.5, 0.9):
        damaged = bytearray(whole)
        damaged[stored.header_offset + 100 + int(share * (stored.compress_size - 200))] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(ArtifactDamaged):
            artifact.load(path)


SAVE_FOREVER = """
import os, random, signal, sys, time
from pathlib import Path
import numpy as np
from sklearn.pipeline import Pipeline
from classifier.model import artifact
from classifier.model.scoring import Model
from classifier.model.tagger import CalibratedTagger
from test_artifact import FACTS

path, rounds, random_ = Path(sys.argv[1]), int(sys.argv[2]), random.Random(0)

def model(number):
    tagger = CalibratedTagger(C=number)
    tagger.coef_ = np.random.default_rng(number).random(20_000)
    return Model(Pipeline([("tagger", tagger)]))

models = {number: model(number) for number in (1, 2)}
known = {artifact.save(path, each, **FACTS).version for each in models.values()}
for _ in range(rounds):
    child = os.fork()
    if child == 0:
        while True:
            for each in models.values():
                artifact.save(path, each, **FACTS)
    time.sleep(random_.uniform(0.0, 0.05))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    loaded = artifact.load(path)
    tagger = loaded.model.linear["tagger"]
    assert loaded.manifest.version in known
    assert np.array_equal(tagger.coef_, models[tagger.C].linear["tagger"].coef_)
"""


@needs_fork
def test_killed_while_saving(tmp_path: Path) -> None:
    """If a process is killed while it saves, the file is always one of the saved ones, complete."""
    path = tmp_path / "model.thoughtmark"
    tests = Path(__file__).parent
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)]),
        "OPENBLAS_NUM_THREADS": "1",  # a fork wants one thread
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", SAVE_FOREVER, str(path), "60"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.iterdir())) > 20, "too few of the kills fell into a save to prove anything"


@pytest.mark.parametrize("facts", [{**FACTS, "labels": {"a set"}}, {**FACTS, "created": object()}])
def test_failed_save_leaves_nothing(tmp_path: Path, facts: dict[str, Any]) -> None:
    """A save that raises leaves the old file unchanged, and no other file."""
    path = tmp_path / "model.thoughtmark"
    artifact.save(path, Model(Pipeline([("tagger", CalibratedTagger())])), **FACTS)
    before = path.read_bytes()
    with pytest.raises(TypeError):
        artifact.save(path, Model(Pipeline([("tagger", CalibratedTagger())])), **facts)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_save_over_a_folder(tmp_path: Path) -> None:
    """A save that fails at its last step raises an error and deletes its temporary file."""
    path = tmp_path / "model.thoughtmark"
    path.mkdir()
    with pytest.raises(ArtifactError) as caught:
        artifact.save(path, Model(Pipeline([("tagger", CalibratedTagger())])), **FACTS)
    assert is_a_sentence_for(caught.value, path)
    assert list(tmp_path.iterdir()) == [path]


def test_save_below_a_file(tmp_path: Path) -> None:
    """The error for an impossible path names it, in one sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtifactError) as caught:
        artifact.save(
            tmp_path / "file" / "model.thoughtmark", Model(Pipeline([("tagger", CalibratedTagger())])), **FACTS
        )
    assert is_a_sentence_for(caught.value, tmp_path / "file" / "model.thoughtmark")


def test_save_makes_its_folder(tmp_path: Path) -> None:
    """A missing folder is created."""
    artifact.save(tmp_path / "new" / "model.thoughtmark", Model(Pipeline([("tagger", CalibratedTagger())])), **FACTS)
    assert artifact.load(tmp_path / "new" / "model.thoughtmark").manifest.project == "1.2.3"


@pytest.mark.skipif(os.name == "nt", reason="file modes of POSIX")
def test_others_may_read_it(tmp_path: Path) -> None:
    """An artifact has the mode of any new file, so that other users of the environment can read it."""
    path = tmp_path / "model.thoughtmark"
    artifact.save(path, Model(Pipeline([("tagger", CalibratedTagger())])), **FACTS)
    (tmp_path / "any").touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "any").stat().st_mode)


def test_training_probabilities_stay_behind(small_model: Path) -> None:
    """The weights are saved, the training sentences' probabilities are not."""
    tagger = artifact.load(small_model).model.linear["tagger"]
    assert not hasattr(tagger, "oof_probabilities_")
    assert np.isfinite(tagger.coef_).all()
