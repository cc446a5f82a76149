"""The components work in any spaCy pipeline, without `Preprocessor`."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin

from classifier.errors import ComponentMissing
from classifier.preprocess import COMPONENTS, Preprocessor

TEXT = 'day 9. he says I\'m a failure\nMaybe "just one" beer, i used to think that was fine. not now'
INDEPENDENT = ("thoughtmark_sentences", "thoughtmark_normalizer")


def blank(*components: str) -> Language:
    """Return spaCy's blank English pipeline with some components."""
    nlp = spacy.blank("en")
    for component in components:
        nlp.add_pipe(component)
    return nlp


def cues(doc: Doc) -> list[tuple[str, str]]:
    """Return the cues of a doc, sorted, with their text."""
    return sorted((span.label_, span.text) for span in doc._.thoughtmark_cues)


@pytest.fixture(scope="module")
def whole() -> Language:
    """A pipeline with all components."""
    return blank(*COMPONENTS)


def test_all_components(whole: Language) -> None:
    """With all components a plain spaCy pipeline finds the sentences, classes and cues that `Preprocessor` finds."""
    doc = whole(TEXT)
    sentences = Preprocessor().sentences(TEXT)
    assert [sentence.text.strip() for sentence in doc.sents] == [sentence.text for sentence in sentences]
    assert [token.norm_ for token in doc if not token.is_space] == [
        word.text for sentence in sentences for word in sentence.words
    ]
    assert cues(doc) == sorted((cue.text, TEXT[cue.start : cue.end]) for sentence in sentences for cue in sentence.cues)
    assert {"clean_time", "insult", "substance"} <= {span.label_ for span in doc._.thoughtmark_classes}


@pytest.mark.parametrize("component", INDEPENDENT)
def test_independent_component_works_alone(component: str) -> None:
    """A component that requires nothing works alone."""
    doc = blank(component)("Dont give up. u can")
    if component == "thoughtmark_sentences":
        assert [sentence.text for sentence in doc.sents] == ["Dont give up.", "u can"]
    else:
        assert [token.norm_ for token in doc] == ["do", "not", "give", "up", ".", "you", "can"]


@pytest.mark.parametrize("component", sorted(set(COMPONENTS) - set(INDEPENDENT)))
def test_component_with_what_it_requires(component: str, whole: Language) -> None:
    """A component works after the components that set what it requires, and adds what it adds in a full pipeline."""
    before = ["thoughtmark_normalizer"]
    if component not in {"thoughtmark_quantities", "thoughtmark_phrases"}:
        before += ["thoughtmark_phrases", "thoughtmark_sentences"]
    nlp = blank(*before, component)
    assert not any(nlp.analyze_pipes()["problems"].values())
    doc, full = nlp(TEXT), whole(TEXT)
    assert set(cues(doc)) <= set(cues(full))
    assert {(s.label_, s.text) for s in doc._.thoughtmark_classes} <= {
        (s.label_, s.text) for s in full._.thoughtmark_classes
    }
    assert doc._.thoughtmark_cues or doc._.thoughtmark_classes


SCOPES = COMPONENTS[4:]


@pytest.mark.parametrize(
    ("component", "others", "missing"),
    [
        ("thoughtmark_quantities", ["thoughtmark_sentences"], "thoughtmark_normalizer"),
        ("thoughtmark_phrases", ["thoughtmark_sentences"], "thoughtmark_normalizer"),
        *((scope, [], "thoughtmark_sentences") for scope in SCOPES),
        *((scope, ["thoughtmark_sentences"], "thoughtmark_normalizer") for scope in SCOPES),
        *((scope, ["thoughtmark_sentences", "thoughtmark_normalizer"], "thoughtmark_phrases") for scope in SCOPES),
        *((scope, ["thoughtmark_normalizer", "thoughtmark_phrases"], "thoughtmark_sentences") for scope in SCOPES),
    ],
)
def test_missing_component_is_an_error(component: str, others: list[str], missing: str) -> None:
    """If a required component has not run, the error names it; spaCy's own analysis reports the same problem."""
    nlp = blank(*others, component)
    assert nlp.analyze_pipes()["problems"][component]
    for run in (nlp, lambda text: list(nlp.pipe([text]))):
        with pytest.raises(ComponentMissing, match=f"'{component}' needs .*; add '{missing}' before it") as caught:
            run(TEXT)
        assert TEXT[:6] not in str(caught.value)


def test_declared_requirements_are_met_in_the_usual_order(whole: Language) -> None:
    """In the order of `COMPONENTS`, spaCy's analysis finds no problem."""
    assert not any(whole.analyze_pipes()["problems"].values())


def test_other_order(whole: Language) -> None:
    """The order may differ as long as requirements are met."""
    other = blank(
        "thoughtmark_normalizer",
        "thoughtmark_phrases",
        "thoughtmark_sentences",
        "thoughtmark_distancing",
        "thoughtmark_quantities",
        "thoughtmark_reported_speech",
        "thoughtmark_negation",
    )
    assert cues(other(TEXT)) == cues(whole(TEXT))


def test_boundaries_of_another_component() -> None:
    """Sentence boundaries may come from spaCy's own component."""
    nlp = blank("sentencizer", "thoughtmark_normalizer", "thoughtmark_phrases", "thoughtmark_negation")
    assert ("negated", "a failure") in cues(nlp("I am not a failure. No"))


def test_pipe(whole: Language) -> None:
    """Texts that go through `nlp.pipe` get what each gets alone; no note goes from one doc to the next."""
    texts = [TEXT, "", "i will never drink", TEXT, "\n"]
    assert [cues(doc) for doc in whole.pipe(texts, batch_size=2)] == [cues(whole(text)) for text in texts]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_pipe_in_processes(whole: Language) -> None:
    """The results come back from other processes."""
    assert [cues(doc) for doc in whole.pipe([TEXT, "not me"], n_process=2)] == [
        cues(whole(TEXT)),
        cues(whole("not me")),
    ]


def test_saved_doc_keeps_its_cues(whole: Language) -> None:
    """Cues and classes survive spaCy's ways to save a doc, and components can go on with it."""
    doc = blank(*COMPONENTS[:4])(TEXT)
    expected = cues(whole(TEXT))
    for saved in (
        Doc(whole.vocab).from_bytes(doc.to_bytes()),
        next(iter(DocBin(docs=[doc], store_user_data=True).get_docs(whole.vocab))),
        pickle.loads(pickle.dumps(doc)),
        doc.copy(),
    ):
        assert cues(saved) == cues(doc)
        for name in SCOPES:
            whole.get_pipe(name)(saved)
        assert cues(saved) == expected


def test_saved_pipeline(whole: Language, tmp_path: Path) -> None:
    """A pipeline with the components can be saved and loaded."""
    whole.to_disk(tmp_path / "pipeline")
    assert cues(spacy.load(tmp_path / "pipeline")(TEXT)) == cues(whole(TEXT))


def test_repr_has_no_text(whole: Language) -> None:
    """The data that the components keep in a doc does not show the text when it is printed."""
    assert repr(whole("my secret").user_data) == "{'thoughtmark': Notes(2 tokens)}"


@pytest.mark.parametrize("text", ["", " ", "\n\n", "x", "\U0001f600", "not"])
def test_tiny_texts(whole: Language, text: str) -> None:
    """Texts of no token or one token are no special case."""
    doc = whole(text)
    assert doc.text == text
    assert all(cue.end <= len(doc) for cue in doc._.thoughtmark_cues)
