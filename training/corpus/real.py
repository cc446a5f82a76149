"""Joins the labels of real posts, which the repository keeps without their text, with the texts on this machine.

`data/samples/real/annotations.jsonl` has one line per post: its id at the source, a salted hash of each sentence that
was read, and the labels. Real posts are not ours to publish, so their sentences are never in the repository. Whoever
has the texts can join them here, and train or measure on the result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from classifier.taxonomy import Taxonomy
from training.corpus.entries import CorpusError
from training.corpus.files import lines_with_source, samples_folder
from training.corpus.records import Record, load_object, parse_record

Part = Literal["training", "locked", "transfer"]
"""What posts are for: learning and cross-validation; the locked test; the test of transfer to a new community."""

TRANSFER_SOURCES: Final = frozenset({"alcoholism"})
"""Communities that no model learns from, so that they show how well it works on a community it has never seen."""

_SALT: Final = b"thoughtmark"
_LOCKED_SALT: Final = "locked test 1:"
_LOCKED_SHARE: Final = 4  # one whole post in four


class PostLabels(Record):
    """The labels of one post.

    whole
        Whether every sentence was read. If not, only the sentences in `hashes` were, picked from the post.
    hashes
        Hash of each sentence that was read, by sentence number (see `sentence_hash`).
    labels, doubt
        Label ids by sentence number: those that the annotator set, and those that one could set or not.
    """

    id: str
    source: str
    whole: bool
    hashes: dict[int, str]
    labels: dict[int, tuple[str, ...]]
    doubt: dict[int, tuple[str, ...]]

    @property
    def part(self) -> Part:
        """What the post is for. It depends on the id and the source alone, so it never changes."""
        if self.source in TRANSFER_SOURCES:
            return "transfer"
        number = int(hashlib.sha256((_LOCKED_SALT + self.id).encode()).hexdigest(), 16)
        return "locked" if self.whole and number % _LOCKED_SHARE == 0 else "training"


@dataclass(slots=True)
class JoinedPosts:
    """Rows in the project's format, and the ids of posts that could not be joined.

    missing
        Posts whose text is not in the folder.
    changed
        Posts whose text differs from the text that was annotated.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def sentence_hash(sentence: str) -> str:
    """Return eight hexadecimal digits that identify a sentence without revealing it."""
    return hashlib.blake2b(sentence.strip().encode(), digest_size=4, salt=_SALT).hexdigest()


def read_post_labels(file: Path | None = None, *, taxonomy: Taxonomy | None = None) -> list[PostLabels]:
    """Read the labels of real posts; by default those of the project.

    Raises
    ------
    CorpusError
        A line cannot be used, or names a label that is not in the taxonomy.
    """
    adapter, known = TypeAdapter(PostLabels), set((taxonomy or Taxonomy.load()).ids)
    posts = []
    for line, source in lines_with_source(file or samples_folder() / "real" / "annotations.jsonl"):
        post = parse_record(adapter, load_object(line, source), source, "write the file again")
        unknown = {label for given in (*post.labels.values(), *post.doubt.values()) for label in given} - known
        if unknown:
            raise CorpusError(f"{source}: unknown labels {', '.join(sorted(unknown))}; expected ids of the taxonomy")
        posts.append(post)
    return posts


def join_texts(posts: list[PostLabels], texts: Path, *, part: Part) -> JoinedPosts:
    """Join the posts of one part with their texts.

    Parameters
    ----------
    posts
        Labels, as `read_post_labels` returns them.
    part
        Which part to join; the others are ignored.
    texts
        Folder with JSON Lines files, at any depth. Objects with `id` and `sentences` are texts; others are ignored.

    Raises
    ------
    CorpusError
        A file of the folder cannot be read.
    """
    wanted = {post.id: post for post in posts if post.part == part}
    sentences = {id_: sentences for id_, sentences in _texts_in(texts) if id_ in wanted}
    joined = JoinedPosts()
    for post in wanted.values():
        if post.id not in sentences:
            joined.missing.append(post.id)
        elif not _is_unchanged(post, sentences[post.id]):
            joined.changed.append(post.id)
        elif post.whole:
            joined.rows.append(_whole_post(post, sentences[post.id]))
        else:
            joined.rows.extend(_single_sentences(post, sentences[post.id]))
    return joined


def _texts_in(folder: Path) -> Iterator[tuple[str, list[str]]]:
    for file in sorted(folder.rglob("*.jsonl")):
        for line, source in lines_with_source(file):
            fields = load_object(line, source)
            if isinstance(fields.get("sentences"), list):
                yield str(fields.get("id")), [str(sentence) for sentence in fields["sentences"]]


def _is_unchanged(post: PostLabels, sentences: list[str]) -> bool:
    return all(
        number < len(sentences) and sentence_hash(sentences[number]) == digest for number, digest in post.hashes.items()
    )


def _whole_post(post: PostLabels, sentences: list[str]) -> dict[str, Any]:
    """Return a row with the labels as one annotator's, and labels with doubts as another's: a doubt is a dispute."""
    both: Mapping[int, set[str]] = {
        number: {*post.labels.get(number, ()), *post.doubt.get(number, ())} for number in (*post.labels, *post.doubt)
    }
    return {
        "id": post.id,
        "sentences": sentences,
        "annotator_a": {str(number): list(labels) for number, labels in post.labels.items()},
        "annotator_b": {str(number): sorted(labels) for number, labels in both.items()},
    }


def _single_sentences(post: PostLabels, sentences: list[str]) -> Iterator[dict[str, Any]]:
    """Yield a row for each sentence that was read. A sentence with nothing but doubts teaches nothing: leave it out."""
    for number in post.hashes:
        labels, text = post.labels.get(number, ()), sentences[number].strip()
        if labels or number not in post.doubt:
            spans = [{"start": 0, "end": len(text), "labels": list(labels)}] if labels else []
            yield {"id": f"{post.id}:{number}", "kind": "thought", "group": post.id, "text": text, "spans": spans}
