"""Version 1 of the API: the answers have the fields that were asked for, in order, with correct offsets."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from helpers.serving import CALM, GERMAN, TAGGED, Served
from hypothesis import given
from hypothesis import strategies as st

from classifier.options import Options
from classifier.pipeline import Classifier
from classifier.taxonomy import Taxonomy
from serve.v1.answers import astral_offsets, utf16


def predict(server: Served, *texts: str, **options: Any) -> dict[str, Any]:
    """Return the answer for some texts."""
    with server.client() as client:
        response = client.post("/v1/predict", json={"entries": [{"text": text} for text in texts], **options})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_three_outcomes(server: Served) -> None:
    """An entry is tagged, has no tags, or cannot be judged for a reason; the order and the IDs are kept."""
    texts = {"t": TAGGED, "c": CALM, "g": GERMAN, "e": ""}
    with server.client() as client:
        entries = [{"id": name, "text": text} for name, text in texts.items()]
        answer = client.post("/v1/predict", json={"entries": [*entries, {"text": CALM}]}).json()
    outcomes = [(entry["id"], entry["status"], entry["reason"]) for entry in answer["entries"]]
    assert outcomes == [
        ("t", "tagged", None),
        ("c", "no_tags", None),
        ("g", "cannot_judge", "not_english"),
        ("e", "cannot_judge", "empty"),
        (None, "no_tags", None),
    ]
    assert [bool(entry["tags"]) for entry in answer["entries"]] == [True, False, False, False, False]


@pytest.mark.parametrize("point", ["balanced", "sensitive"])
def test_same_as_the_library(server: Served, classifier: Classifier, point: str) -> None:
    """The tags of 64 entries are those that the library gives each, from the same model."""
    texts = [TAGGED, CALM, GERMAN, f"{CALM} {TAGGED}"] * 16
    answer = predict(server, *texts, operating_point=point, probabilities=True)
    assert answer["operating_point"] == point
    for text, entry in zip(texts, answer["entries"], strict=True):
        assert {**entry, "model": answer["model"]} == classifier.tag(text, Options(operating_point=point)).as_dict()


def test_optional_fields(server: Served) -> None:
    """Evidence is returned unless it is switched off, probabilities only if they are switched on."""
    (plain,) = predict(server, TAGGED, evidence=False)["entries"]
    assert "probabilities" not in plain
    assert all("evidence" not in tag for tag in plain["tags"])
    (full,) = predict(server, TAGGED, probabilities=True)["entries"]
    assert set(full["probabilities"]) == set(Taxonomy.load().ids)
    assert any(tag["evidence"] for tag in full["tags"])
    assert [tag["label"] for tag in full["tags"]] == [tag["label"] for tag in plain["tags"]]


def test_selected_labels(server: Served) -> None:
    """Labels that were not selected have neither tags nor probabilities."""
    (entry,) = predict(server, TAGGED, labels=["bargaining", "labeling"], probabilities=True)["entries"]
    assert set(entry["probabilities"]) == {"bargaining", "labeling"}
    assert {tag["label"] for tag in entry["tags"]} == {"labeling"}


def test_utf16_offsets(server: Served) -> None:
    """With `utf16`, offsets of tags and evidence count UTF-16 code units, as JavaScript's strings do."""
    text = f"🙂🙂 ok day 🎉. {TAGGED}"
    (points,) = predict(server, text)["entries"]
    (units,) = predict(server, text, offset_unit="utf16")["entries"]
    encoded = text.encode("utf-16-le")
    assert points["tags"]
    for tag, shifted in zip(points["tags"], units["tags"], strict=True):
        places = zip([tag, *tag["evidence"]], [shifted, *shifted["evidence"]], strict=True)
        for place, moved in places:
            cut = encoded[2 * moved["start"] : 2 * moved["end"]].decode("utf-16-le")
            assert cut == text[place["start"] : place["end"]]
            assert moved["start"] > place["start"]


@given(text=st.text(st.characters(exclude_categories=["Cs"])), data=st.data())
def test_utf16_offset_of_any_text(text: str, data: st.DataObject) -> None:
    """An offset in UTF-16 code units is the length of the encoded text before it."""
    offset = data.draw(st.integers(0, len(text)))
    assert utf16(offset, astral_offsets(text)) == len(text[:offset].encode("utf-16-le")) // 2


def test_labels(server: Served) -> None:
    """`/v1/labels` returns the taxonomy, with what each label is not."""
    answer = httpx.get(f"{server.url}/v1/labels").json()
    assert [label["id"] for label in answer["labels"]] == list(Taxonomy.load().ids)
    assert all(label["is_not"] and label["question"] for label in answer["labels"])


def test_model(server: Served, classifier: Classifier) -> None:
    """`/v1/model` returns version, corpus, thresholds and limits, and what the model is not for."""
    answer = httpx.get(f"{server.url}/v1/model").json()
    manifest = classifier.manifest
    assert answer["model"] == manifest.version
    assert answer["corpus"]["sha256"] == manifest.corpus["sha256"]
    assert answer["operating_points"] == manifest.thresholds
    assert answer["quality"] == manifest.quality
    assert answer["limits"] == {"max_body_bytes": 1_048_576, "max_entries": 64, "max_text_length": 20_000}
    assert any("not a diagnosis" in sentence for sentence in answer["not_for"])


def test_probes(server: Served) -> None:
    """A server whose model is loaded is alive and ready."""
    assert httpx.get(f"{server.url}/livez").json() == {"status": "alive"}
    assert httpx.get(f"{server.url}/readyz").json() == {"status": "ready"}


def test_headers_of_every_answer(server: Served) -> None:
    """Answers and problems have the security headers and a request ID of their own."""
    ids = set()
    for path in ("/livez", "/v1/labels", "/nothing", "/docs", "/metrics"):
        headers = httpx.get(server.url + path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers
        ids.add(headers["x-request-id"])
    assert len(ids) == 5
