"""`thoughtmark benchmark`: its rules on examples worked out by hand, and the whole run on invented sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from helpers.public_sets import write_set

from classifier.__main__ import main
from classifier.preprocess import Preprocessor
from training.benchmark.judges import Judge
from training.benchmark.public_sets import PUBLIC_SETS
from training.benchmark.published import REFERENCES
from training.benchmark.real_posts import measure_tags
from training.benchmark.supervised import yes_or_no
from training.benchmark.tasks import TASKS
from training.benchmark.zero_shot import f1_of_any, label_scores
from training.corpus.sentences import Sentences
from training.measure.figures import summarize
from training.measure.metrics import draws
from training.thresholds import tags_at

THINGS = "apple river stone cloud paper glass metal train plant music chair water".split()
FAILURE, DOOM, CALM = "I'm a complete failure.", "Everyone thinks I am a joke.", "The bus came on time."
CANARY = "zanzibarquince"


def judge(*log_odds: tuple[float, float], reference: tuple[float, float] = (0, 0)) -> Judge:
    """Return a judge with these log-odds for any sentences."""
    return Judge(
        lambda rows: np.array(log_odds, dtype=float)[: len(rows)],
        {"balanced": np.array([0.5, 0.5]), "sensitive": np.array([0.1, 0.1])},
        np.array(reference),
    )


def texts(*wanted: str) -> list[Any]:
    """Return texts split into sentences."""
    return [Preprocessor().sentences(text) for text in wanted]


def test_scores_are_relative_to_the_usual_value() -> None:
    """The score of a label is its highest log-odds in any sentence, minus its mean over unlabelled sentences."""
    said = judge((-1, -4), (-3, -3), (-1, -5), reference=(-1, -5))
    assert label_scores(said, texts("Tea. Rain.", "Snow.")).tolist() == [[0, 2], [0, 0]]


def test_any_of_several_labels_is_right() -> None:
    """A text with two labels counts once: under the predicted one, or under the first if neither is predicted."""
    listed = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=bool)
    first = np.array([[1, 0, 0], [1, 0, 0], [0, 0, 1]], dtype=bool)
    said = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 1]], dtype=bool)
    assert f1_of_any(listed, first, said, np.ones((1, 3)))[0] == pytest.approx((0 + 1 + 2 / 3) / 3)


def test_flagged() -> None:
    """A text is flagged if any sentence gets any tag, at each operating point."""
    flagged = judge((-5, -5), (-5, -1)).flagged(texts("Tea. Rain.", "Snow."))
    assert {name: given.tolist() for name, given in flagged.items()} == {
        "balanced": [False, False],
        "sensitive": [True, False],
    }


def test_yes_or_no() -> None:
    """Three distorted of four; one of them missed, and the other one called distorted."""
    truth, said = np.array([1, 1, 1, 0], dtype=bool), np.array([1, 1, 0, 1], dtype=bool)
    both, answers = (np.column_stack([values, ~values]) for values in (truth, said))
    figures = yes_or_no(both, answers, np.ones((1, 4)))
    assert {name.split(": ")[1]: float(values[0]) for name, values in figures.items()} == pytest.approx(
        {"positive F1": 2 / 3, "macro-F1": 1 / 3, "specificity": 0, "kappa": -1 / 3}
    )


def test_tags_on_posts_are_those_of_evaluate() -> None:
    """The figures on real posts are those that `thoughtmark evaluate` gives; disputed sentences count in neither."""
    random = np.random.default_rng(0)
    log_odds = random.normal(-2, 2, (60, 2))
    data = Sentences(
        rows=[None] * 60,  # type: ignore[list-item]
        labels=random.random((60, 2)) < 0.1,
        entries=np.arange(60) // 3,
        groups=np.arange(60) // 3,
        thoughts=np.zeros(60, dtype=bool),
        doubts=np.repeat(np.arange(60) % 7 == 0, 2).reshape(60, 2),
        places=np.zeros((60, 2), dtype=int),
    )
    said = judge(*log_odds)
    ours = measure_tags(said, data, draws(20, 3))
    probabilities = 1 / (1 + np.exp(-log_odds))
    theirs = summarize(data, probabilities, tags_at(said.thresholds, probabilities), ("a", "b"))
    for level in ("sentence", "entry"):
        for name in ("AUC", "AP"):
            assert ours[f"{level} {name}"][0] == pytest.approx(theirs["tagged_at_all"][f"{level}_{name.lower()}"])
    for name, point in theirs["operating_points"].items():
        for part in ("precision", "recall"):
            assert ours[f"{name}: {part}"][0] == pytest.approx(point[f"micro_{part}"])
        assert ours[f"{name}: micro-F1"][0] == pytest.approx(point["micro_f1"])
        assert ours[f"{name}: untagged entries flagged"][0] == pytest.approx(point["over_flagging"])


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all four sets, invented."""
    folder = tmp_path_factory.mktemp("sets")
    write_set(
        folder,
        "recovery_posts",
        *(
            {
                "id": thing,
                "sentences": [f"I saw a {thing} {CANARY}.", FAILURE, CALM],
                "annotator_a": {"1": ["labeling"]} if number % 3 else {},
                "annotator_b": {"1": ["labeling"]} if number % 4 else {},
            }
            for number, thing in enumerate(THINGS)
        ),
    )
    prompts = [(f"The {thing} {CANARY}. {FAILURE}", " Labeling") for thing in THINGS]
    prompts += [(f"The {thing}. {DOOM}", " Mind reading") for thing in THINGS]
    prompts += [("Tea", " Not distorted"), ("I am sad", " Negative feeling or emotion"), ("My fault?", " Blaming")]
    prompts += [("Not distorted, say some. They all hate me.", label) for label in (" Not distorted", " Mind reading")]
    write_set(folder, "thinking_traps", *({"prompt": f"{p} ->", "completion": c} for p, c in prompts))
    patterns = {"Labeling and mislabeling": FAILURE, "Jumping to conclusions: mind reading": DOOM}
    thoughts = [
        {"thought": f"The {thing} {CANARY}. {said}", "pattern": pattern}
        for thing in THINGS
        for pattern, said in patterns.items()
    ]
    write_set(folder, "pattern_reframe", *thoughts)
    kinds = {"Labeling": FAILURE, "Mind Reading": DOOM, "No Distortion": CALM}
    posts = [
        (f"Tea. We saw a {thing} {CANARY}. {said}", "" if kind == "No Distortion" else f"{thing}. {said}", kind, "")
        for thing in THINGS
        for kind, said in kinds.items()
    ]
    columns = PUBLIC_SETS["therapist_qa"].columns
    write_set(folder, "therapist_qa", *(dict(zip(columns, row, strict=True)) for row in posts))
    return folder


@pytest.fixture
def run(small_model: Path, small_corpus: Path) -> Any:
    """Return a function that runs `thoughtmark benchmark` in this process, with the small model and its corpus."""

    def run(*arguments: str | Path) -> Result:
        wanted = [str(a) for a in ("benchmark", "--model", small_model, "--corpus", small_corpus, *arguments)]
        result = CliRunner().invoke(main, wanted)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        assert CANARY not in result.output
        return result

    return run


@pytest.fixture(scope="module")
def everything(sets: Path, small_model: Path, small_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The folder that a whole run wrote into, and what it printed."""
    folder = tmp_path_factory.mktemp("out")
    wanted = ("benchmark", sets, "--model", small_model, "--corpus", small_corpus)
    files = ("--out", folder / "figures.json", "--plot", folder / "figures.png")
    result = CliRunner().invoke(main, [str(argument) for argument in (*wanted, *files)], catch_exceptions=False)
    assert result.exit_code == 0
    return folder, result.stdout


def test_every_figure_stands_beside_others(everything: Any) -> None:
    """Each figure has an interval, a floor and a baseline, and each reference belongs to a figure."""
    figures = json.loads((everything[0] / "figures.json").read_text(encoding="utf-8"))["figures"]
    assert {(figure["task"], figure["data"]) for figure in figures} == {
        (task, name) for task, sets in TASKS.items() for name in sets
    }
    for figure in figures:
        assert figure["low"] <= figure["value"] <= figure["high"]
        assert figure["floor"] is not None
        # The precision of a baseline that tags nothing is not defined.
        assert figure["baseline"] is not None or figure["measure"].endswith(": precision")
        assert figure["count"] > 0
    assert set(REFERENCES) <= {(figure["task"], figure["data"], figure["measure"]) for figure in figures}


def test_over_flagging_is_of_prompts_without_any_distortion(everything: Any) -> None:
    """A prompt that any expert called distorted does not count as undistorted."""
    figures = json.loads((everything[0] / "figures.json").read_text(encoding="utf-8"))["figures"]
    counts = {figure["measure"].split("'")[1]: figure["count"] for figure in figures if "'" in figure["measure"]}
    assert counts == {"Not distorted": 1, "Negative feeling or emotion": 1}


def test_labels_that_are_none_of_ours_are_named(everything: Any) -> None:
    """Labels of a set that the project does not have are left out and listed."""
    left_out = json.loads((everything[0] / "figures.json").read_text(encoding="utf-8"))["left_out"]
    assert left_out["thinking_traps"] == ["Blaming", "Negative feeling or emotion", "Not distorted"]
    assert left_out["pattern_reframe"] == []
    assert "this project has none like them: Blaming" in everything[1]


def test_table_and_picture(everything: Any) -> None:
    """The table has every task, the sources and human agreement; a picture is drawn; no text is shown."""
    folder, shown = everything
    for part in (*TASKS, "target", "Shreevastava & Foltz 2021", "annotators agree on 61%"):
        assert part in shown
    assert (folder / "figures.png").read_bytes().startswith(b"\x89PNG")
    assert CANARY not in shown + (folder / "figures.json").read_text(encoding="utf-8")


def test_set_that_is_not_there_is_skipped(run: Any, sets: Path, tmp_path: Path) -> None:
    """A missing set is skipped and named once, with what is expected and where to get it."""
    name = PUBLIC_SETS["pattern_reframe"].file
    (tmp_path / name).write_bytes((sets / name).read_bytes())
    result = run(tmp_path, "--tasks", "zero-shot", "--format", "json")
    shown = json.loads(result.stdout)
    assert {figure["data"] for figure in shown["figures"]} == {"pattern_reframe"}
    assert len(shown["skipped"]) == 2
    assert all(PUBLIC_SETS[name].origin in "".join(shown["skipped"]) for name in ("thinking_traps", "therapist_qa"))


def test_one_seed_one_result(run: Any, sets: Path) -> None:
    """The same call gives the same figures and intervals."""
    first, second = (run(sets, "--tasks", "zero-shot", "--format", "json").stdout for _ in range(2))
    assert first == second


def test_no_set_at_all(run: Any, tmp_path: Path) -> None:
    """If none of the sets exists, the error says where to get them."""
    result = run(tmp_path)
    assert result.exit_code == 2
    assert all(source.file in result.stderr and source.origin in result.stderr for source in PUBLIC_SETS.values())


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--tasks", "zero-short"), "did you mean 'zero-shot'?"),
        (("--plot", "a.docx"), ".png, .svg, .pdf"),
        (("--out", "nowhere/a.json"), "there is no folder nowhere"),
        (("--plot", "nowhere/a.png"), "there is no folder nowhere"),
    ],
)
def test_wrong_calls(run: Any, sets: Path, arguments: tuple[str, ...], reason: str) -> None:
    """A wrong call is refused before anything is measured."""
    result = run(sets, *arguments)
    assert result.exit_code == 2
    assert reason in " ".join(result.stderr.split())


def test_set_without_a_label_of_ours(run: Any, tmp_path: Path) -> None:
    """A set without any of the project's labels is refused."""
    write_set(tmp_path, "pattern_reframe", {"thought": f"Tea {CANARY}.", "pattern": CANARY})
    result = run(tmp_path, "--tasks", "zero-shot")
    assert result.exit_code == 2
    assert "none of its labels is one of the project's" in result.stderr


def test_set_that_is_too_small_to_train_on(run: Any, tmp_path: Path) -> None:
    """A set that cannot be split into folds is refused with counts."""
    write_set(tmp_path, "pattern_reframe", {"thought": f"Tea {CANARY}.", "pattern": "Should statements"})
    result = run(tmp_path, "--tasks", "supervised")
    assert result.exit_code == 2
    assert "1 labels, 1 of them with fewer than 5 different texts" in result.stderr
