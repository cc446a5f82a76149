"""Lists published results, human agreement and the project's targets, for comparison with the benchmark's results."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """A published result, and the method and paper that it is from."""

    value: float
    by: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The values that one result is compared with. The field names are keys of the benchmark's JSON.

    reach
        The value that this project aims at.
    published
        Results of others on the same data.
    human
        How far people agree with each other. This is a text, because papers rarely report it in the same measure.
    lower
        Whether lower values are better.
    """

    reach: float | None = None
    published: tuple[Published, ...] = ()
    human: str = ""
    lower: bool = False


_ANNOTATORS = "two annotators reach an F1 of 0.87 with each other"
_BINARY = "annotators agree on 61% of the posts"
_TYPES = "annotators agree on the type of 34% of the posts"

REFERENCES: dict[tuple[str, str, str], Reference] = {
    ("real", "recovery_posts", "sentence AUC"): Reference(reach=0.87),
    ("real", "recovery_posts", "sentence AP"): Reference(reach=0.25),
    ("real", "recovery_posts", "entry AUC"): Reference(reach=0.83),
    ("real", "recovery_posts", "entry AP"): Reference(reach=0.50),
    ("real", "recovery_posts", "balanced: micro-F1"): Reference(reach=0.30, human=_ANNOTATORS),
    ("real", "recovery_posts", "sensitive: micro-F1"): Reference(human=_ANNOTATORS),
    ("real", "recovery_posts", "balanced: untagged entries flagged"): Reference(reach=0.10, lower=True),
    ("real", "recovery_posts", "sensitive: untagged entries flagged"): Reference(lower=True),
    ("zero-shot", "thinking_traps", "macro-F1"): Reference(reach=0.45),
    ("zero-shot", "thinking_traps", "balanced: 'Not distorted' flagged"): Reference(reach=0.10, lower=True),
    ("zero-shot", "thinking_traps", "sensitive: 'Not distorted' flagged"): Reference(lower=True),
    ("zero-shot", "thinking_traps", "balanced: 'Negative feeling or emotion' flagged"): Reference(lower=True),
    ("zero-shot", "thinking_traps", "sensitive: 'Negative feeling or emotion' flagged"): Reference(lower=True),
    ("zero-shot", "pattern_reframe", "macro-F1"): Reference(reach=0.45),
    ("zero-shot", "therapist_qa", "macro-F1"): Reference(reach=0.30, human=_TYPES),
    ("supervised", "therapist_qa", "distorted or not: positive F1"): Reference(
        reach=0.82,
        published=(
            Published(0.79, "S-BERT and SVM, Shreevastava & Foltz 2021"),
            Published(0.812, "ChatGPT with diagnosis of thought, Chen et al. 2023"),
        ),
        human=_BINARY,
    ),
    ("supervised", "therapist_qa", "distorted or not: macro-F1"): Reference(reach=0.74, human=_BINARY),
    ("supervised", "therapist_qa", "distorted or not: specificity"): Reference(human=_BINARY),
    ("supervised", "therapist_qa", "distorted or not: kappa"): Reference(human=_BINARY),
    ("supervised", "therapist_qa", "ten types from the post: weighted-F1"): Reference(
        reach=0.30,
        published=(
            Published(0.223, "ChatGPT with diagnosis of thought, Chen et al. 2023"),
            Published(0.332, "GPT-4o, in MVACD 2025; distorted posts, input not known here"),
            Published(0.348, "Gemini 2.0 Flash, in MVACD 2025; the same"),
            Published(0.394, "several LLMs together, MVACD 2025; the same"),
        ),
        human=_TYPES,
    ),
    ("supervised", "therapist_qa", "ten types from the distorted part: weighted-F1"): Reference(
        reach=0.40, human=_TYPES
    ),
    ("supervised", "pattern_reframe", "nine types: macro-F1"): Reference(),
}
"""The reference of each result, by task, data set and measure."""
