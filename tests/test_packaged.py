"""The models of the package: complete, without a pickle, and without anybody's words."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from classifier.errors import ArtifactDamaged, ArtifactIncompatible
from classifier.model import artifact
from classifier.model.encoder import SentenceEncoder
from classifier.model.packaged import MODELS, model_file
from classifier.options import Options
from classifier.pipeline import Classifier
from classifier.taxonomy import Taxonomy

TEXT = "Day 40, slept well. I'll just have a couple on Friday and then stop again. I'm such a failure, nobody likes me."


@pytest.mark.parametrize("name", MODELS)
def test_model_is_complete(name: str) -> None:
    """A model of the package has the project's labels, both tests among its figures, and plain arrays."""
    manifest = artifact.check(model_file(name))
    assert tuple(manifest.labels) == Taxonomy.load().ids
    assert {"cross_validated", "locked_test", "transfer_test"} <= set(manifest.quality)
    assert zipfile.ZipFile(model_file(name)).namelist() == ["manifest.json", "model.npz"]
    assert (manifest.encoder is None) == (name == "fast")


@pytest.mark.parametrize("name", MODELS)
def test_no_feature_holds_a_sentence(name: str) -> None:
    """No feature has more than three words, so that no run of four words comes from a post."""
    features = artifact.load(model_file(name)).model.linear["features"]
    for family, vectorizer in features.transformer_list:
        names = vectorizer.index_.vocabulary()
        longest = max(feature.replace(" & ", "&").count(" ") for feature in names)
        assert longest <= (4 if family == "characters" else 2)  # a character n-gram has at most five characters


def test_names_come_before_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`fast` is the model of the package, also where a file is called so; `./fast` and other names are files."""
    monkeypatch.chdir(tmp_path)
    Path("fast").touch()
    assert model_file("fast").parent == model_file(None).parent == model_file("default").parent
    assert model_file("./fast").resolve() == tmp_path / "fast"
    assert model_file(Path("fast.thoughtmark")) == Path("fast.thoughtmark")


@pytest.mark.parametrize("name", MODELS)
def test_a_sentence_scores_the_same_in_any_company(name: str) -> None:
    """Probabilities do not depend on the entries that are tagged together."""
    classifier = Classifier.load(name)
    sentences = classifier._preprocessor.sentences(TEXT)
    together = classifier.probabilities(sentences)
    apart = np.vstack([classifier.probabilities([sentence]) for sentence in sentences])
    np.testing.assert_allclose(together, apart, atol=1e-6)


def test_experimental_labels_are_looked_for_on_request(default_model: Classifier) -> None:
    """By default no experimental label is looked for; a label that is named is."""
    assert set(default_model.thresholds()) == set(default_model.labels) - set(default_model.experimental)
    for label in default_model.experimental:
        assert set(default_model.thresholds(Options(labels=(label,)))) == {label}


def test_damaged_encoder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model is not used with an encoder other than its own, or without one."""
    files = SentenceEncoder().files()
    copies = [tmp_path / file.name for file in files]
    for file, copy in zip(files, copies, strict=True):
        copy.write_bytes(file.read_bytes())
    monkeypatch.setattr(SentenceEncoder, "files", lambda _: tuple(copies))
    Classifier.load()
    copies[1].write_bytes(copies[1].read_bytes() + b" ")
    with pytest.raises(ArtifactIncompatible, match="another encoder"):
        Classifier.load()
    copies[0].unlink()
    with pytest.raises(ArtifactDamaged, match="install thoughtmark again"):
        Classifier.load()


def test_encoder_from_another_folder(tmp_path: Path) -> None:
    """The encoder's files may lie in another folder; digest and outputs are those of the files."""
    for file in SentenceEncoder().files():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert SentenceEncoder(tmp_path).digest() == SentenceEncoder().digest()
    np.testing.assert_array_equal(SentenceEncoder(tmp_path).outputs([TEXT]), SentenceEncoder().outputs([TEXT]))


def test_results_are_the_same_in_a_new_process(default_model: Classifier) -> None:
    """Another process gives the same probabilities to the last digit."""
    code = f"from classifier import Classifier; print(Classifier.load().tag({TEXT!r}).probabilities)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(default_model.tag(TEXT).probabilities)


def test_evidence_lowers_the_probability(default_model: Classifier) -> None:
    """Without the words that are shown as evidence, the sentence is less probable to have the label."""
    for tag in default_model.tag(TEXT, Options(operating_point="sensitive")).tags:
        sentence = TEXT[tag.start : tag.end]
        without = "".join(
            character
            for i, character in enumerate(sentence, start=tag.start)
            if not any(span.start <= i < span.end for span in tag.evidence)
        )
        rest = default_model.tag(without, Options(labels=(tag.label,)))
        assert rest.status == "cannot_judge" or rest.probabilities[tag.label] < tag.probability
