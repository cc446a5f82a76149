"""The command `thoughtmark`: what it writes, where, and its exit codes."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from classifier.__main__ import main
from classifier.journal.reader import read_entries
from classifier.taxonomy import Taxonomy

FAILURE = "I'm a complete failure and I always will be."
CALM = "Walked the dog, then work."
PROGRAM = [sys.executable, "-m", "classifier"]
posix = pytest.mark.skipif(os.name == "nt", reason="terminals and signals of POSIX")

Tag = Callable[..., Result]


@pytest.fixture
def tag(small_model: Path) -> Tag:
    """Return a function that runs `thoughtmark tag` in this process, with the small model."""

    def run(*arguments: str | Path, input: bytes | None = None) -> Result:
        return thoughtmark("tag", "--model", small_model, *arguments, input=input)

    return run


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A folder of two entries: one tagged, one without tags."""
    folder = tmp_path / "journal"
    folder.mkdir()
    (folder / "2026-03-02.txt").write_text(f"Day 12. {FAILURE}", encoding="utf-8")
    (folder / "2026-03-03.md").write_text(CALM, encoding="utf-8")
    return folder


def thoughtmark(*arguments: str | Path, input: bytes | None = None) -> Result:
    """Run the command in this process."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=input)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def process(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)], capture_output=True, text=True, encoding="utf-8", check=False, **options
    )


def lines(output: str) -> list[dict[str, Any]]:
    """Return the objects of JSON Lines."""
    return [json.loads(line) for line in output.splitlines()]


def jsonl(path: Path, texts: Iterable[str]) -> Path:
    """Write texts as JSON Lines."""
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    return path


def last_line(output: str) -> str:
    """Return what a wrong call ends with."""
    return output.strip().splitlines()[-1]


def test_tag_as_a_process(journal: Path, small_model: Path, tmp_path: Path) -> None:
    """`thoughtmark tag FOLDER --out FILE` writes the tags, says so on stderr, prints nothing, and ends with 0."""
    out = tmp_path / "tags.jsonl"
    done = process("tag", journal, "--model", small_model, "--out", out)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith(f"thoughtmark: wrote {out}. This is a screening aid, not a diagnosis")
    assert [(e["id"], e["status"]) for e in lines(out.read_text())] == [
        ("2026-03-02", "tagged"),
        ("2026-03-03", "no_tags"),
    ]


def test_jsonl_has_the_documented_keys(tag: Tag, journal: Path) -> None:
    """A line has exactly the keys that programs rely on, in their order, and the offsets of the sentence."""
    tagged, untagged = lines(tag(journal, "--format", "jsonl").stdout)
    assert list(tagged) == ["id", "status", "reason", "tags", "any_label", "probabilities", "model"]
    assert list(tagged["tags"][0]) == ["label", "probability", "threshold", "start", "end", "evidence"]
    assert list(tagged["tags"][0]["evidence"][0]) == ["start", "end", "weight"]
    assert list(tagged["probabilities"]) == list(Taxonomy.load().ids)
    assert (tagged["tags"][0]["start"], tagged["tags"][0]["end"]) == (8, 8 + len(FAILURE))
    assert (untagged["status"], untagged["reason"], untagged["tags"]) == ("no_tags", None, [])


@pytest.mark.parametrize(
    ("name", "encoding", "content"),
    [
        ("a.txt", "utf-8", FAILURE),
        ("a.txt", "utf-16", FAILURE),
        ("a.md", "utf-8-sig", f"---\ndate: 2026-03-02\n---\n{FAILURE}\n"),
        ("a.csv", "utf-8-sig", f'id,text\n1,"{FAILURE}"\n'),
        ("a.tsv", "utf-16", f"id\ttext\n1\t{FAILURE}\n"),
        ("a.jsonl", "utf-8", json.dumps({"text": FAILURE})),
        ("a.jsonl", "utf-8-sig", json.dumps({"text": FAILURE})),
    ],
)
def test_files(tag: Tag, tmp_path: Path, name: str, encoding: str, content: str) -> None:
    """Each kind of file is tagged in each encoding, with offsets into the text of the entry."""
    path = tmp_path / name
    path.write_bytes(content.encode(encoding))
    result = tag(path, "--format", "jsonl")
    assert (result.exit_code, result.stderr) == (0, "")
    (entry,) = lines(result.stdout)
    start = content.index(FAILURE) if name.endswith(("txt", "md")) else 0
    assert {(t["start"], t["end"]) for t in entry["tags"]} == {(start, start + len(FAILURE))}


def test_latin_1(tag: Tag, tmp_path: Path) -> None:
    """A file of an old program keeps its accents, and its offsets count them as one character each."""
    text = f"Caf\u00e9 with Zo\u00eb and her fianc\u00e9, then home. {FAILURE}"
    (tmp_path / "a.txt").write_bytes(text.encode("latin-1"))
    (entry,) = lines(tag(tmp_path / "a.txt", "--format", "jsonl").stdout)
    assert {t["start"] for t in entry["tags"]} == {text.index(FAILURE)}


def test_standard_input(small_model: Path) -> None:
    """`-` reads standard input; if stderr is not a terminal, nothing is written to it."""
    done = process("tag", "-", "--model", small_model, "--format", "jsonl", input=FAILURE)
    assert (done.returncode, done.stderr) == (0, "")
    assert [e["status"] for e in lines(done.stdout)] == ["tagged"]


def test_standard_input_of_many_entries(tag: Tag) -> None:
    """JSON Lines on standard input are one entry a line, each with its id."""
    content = "".join(json.dumps({"id": i, "text": t}) + "\n" for i, t in enumerate([FAILURE, CALM, ""])).encode()
    tagged = lines(tag("-", "--format", "jsonl", input=content).stdout)
    assert [(e["id"], e["status"], e["reason"]) for e in tagged] == [
        ("0", "tagged", None),
        ("1", "no_tags", None),
        ("2", "cannot_judge", "empty"),
    ]


def test_several_paths(tag: Tag, journal: Path, tmp_path: Path) -> None:
    """Paths are read in the order they are given."""
    extra = jsonl(tmp_path / "extra.jsonl", [CALM, FAILURE])
    tagged = lines(tag(extra, journal, "--format", "jsonl").stdout)
    assert [e["id"] for e in tagged] == ["extra:1", "extra:2", "2026-03-02", "2026-03-03"]


def test_table_is_the_default(tag: Tag, journal: Path) -> None:
    """Without a format, the screen shows labels and that this is no diagnosis, and sentences only if asked."""
    assert FAILURE in tag(journal, "--show").stdout
    result = tag(journal)
    assert (result.exit_code, result.stderr) == (0, "")
    assert FAILURE not in result.stdout
    assert "Labeling" in result.stdout
    assert "2 entries: 1 tagged, 1 without tags, 0 could not be judged." in result.stdout
    assert "not a diagnosis" in result.stdout


def test_csv(tag: Tag, journal: Path) -> None:
    """CSV has a row for each tag, with its sentence if requested, and one for an entry without tags."""
    rows = list(csv.DictReader(tag(journal, "--format", "csv", "--with-text").stdout.splitlines()))
    assert {(row["entry"], row["status"], row["sentence"]) for row in rows} == {
        ("2026-03-02", "tagged", FAILURE),
        ("2026-03-03", "no_tags", ""),
    }


class Page(HTMLParser):
    """The text of a page, and what it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.fetched: list[str | None] = []

    def handle_data(self, data: str) -> None:
        """Collect the text."""
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect what is not within the page."""
        links = [value for name, value in attrs if name in {"src", "href"}]
        self.fetched.extend(value for value in links if value and not value.startswith(("#", "data:")))


def test_html_by_the_ending(tag: Tag, journal: Path, tmp_path: Path) -> None:
    """`--out report.html` is one page that opens offline and shows the sentence."""
    out = tmp_path / "report.html"
    result = tag(journal, "--out", out)
    assert (result.exit_code, result.stdout) == (0, "")
    content = out.read_text(encoding="utf-8")
    page = Page()
    page.feed(content)
    assert content.lstrip().lower().startswith("<!doctype html>")
    assert FAILURE in page.text
    assert page.fetched == []


@pytest.mark.parametrize(
    ("name", "beginning"),
    [("a.jsonl", '{"id"'), ("a.csv", "entry,date"), ("a.htm", "<!doctype html>"), ("a.log", "2026-03-02\n")],
)
def test_format_by_the_ending(tag: Tag, journal: Path, tmp_path: Path, name: str, beginning: str) -> None:
    """The ending of --out chooses the format; an unknown ending gives the table."""
    assert tag(journal, "--out", tmp_path / name).exit_code == 0
    assert (tmp_path / name).read_text(encoding="utf-8-sig").lstrip().lower().startswith(beginning)


def test_format_goes_before_the_ending(tag: Tag, journal: Path, tmp_path: Path) -> None:
    """--format has priority over the ending of --out."""
    assert tag(journal, "--format", "jsonl", "--out", tmp_path / "a.csv").exit_code == 0
    assert len(lines((tmp_path / "a.csv").read_text())) == 2


def test_operating_point(tag: Tag, small_corpus: Path) -> None:
    """The sensitive point sets more tags, each at its own threshold."""
    few, many = (
        lines(tag(small_corpus / "entries.jsonl", "--format", "jsonl", "--operating-point", point).stdout)
        for point in ("balanced", "sensitive")
    )
    assert sum(len(e["tags"]) for e in few) < sum(len(e["tags"]) for e in many)


def test_labels_option(tag: Tag, journal: Path) -> None:
    """The answer has only the requested labels; blanks around their ids are ignored."""
    tagged = lines(tag(journal, "--format", "jsonl", "--labels", " denial , bargaining,").stdout)
    assert [list(e["probabilities"]) for e in tagged] == [["bargaining", "denial"]] * 2
    assert [e["tags"] for e in tagged] == [[], []]


def test_min_probability(tag: Tag, journal: Path) -> None:
    """With a lowest probability of one there is no tag."""
    tagged = lines(tag(journal, "--format", "jsonl", "--min-probability", "1").stdout)
    assert [e["status"] for e in tagged] == ["no_tags", "no_tags"]


def test_columns(tag: Tag, tmp_path: Path) -> None:
    """Text, id and date are read from the columns that are named."""
    path = tmp_path / "a.csv"
    path.write_text(f'who,when,said\nann,2026-03-02,"{FAILURE}"\n', encoding="utf-8")
    names = ("--text-column", "said", "--id-column", "who", "--date-column", "when")
    rows = list(csv.DictReader(tag(path, *names, "--format", "csv").stdout.splitlines()))
    assert {(row["entry"], row["date"]) for row in rows} == {("ann", "2026-03-02")}


@pytest.mark.parametrize(("option", "date"), [("--day-first", "2026-04-03"), ("--month-first", "2026-03-04")])
def test_order_of_dates(tag: Tag, tmp_path: Path, option: str, date: str) -> None:
    """Dates of an unknown order are reported with the options that settle it, and each option settles it."""
    path = tmp_path / "a.csv"
    path.write_text(f'date,text\n03/04/2026,"{FAILURE}"\n', encoding="utf-8")
    result = tag(path, "--format", "csv")
    assert (result.exit_code, option in result.stderr) == (3, True)
    rows = list(csv.DictReader(tag(path, option, "--format", "csv").stdout.splitlines()))
    assert {row["date"] for row in rows} == {date}


def test_one_broken_entry_of_a_hundred(tag: Tag, tmp_path: Path) -> None:
    """Ninety-nine entries are tagged, the broken one is named by file and line, and the exit code is 3."""
    path = jsonl(tmp_path / "a.jsonl", [FAILURE if i % 2 else CALM for i in range(100)])
    content = path.read_text().splitlines()
    content[36] = content[36][:-2]
    path.write_text("\n".join(content))
    result = tag(path, "--format", "jsonl")
    assert result.exit_code == 3
    tagged = lines(result.stdout)
    assert [e["id"] for e in tagged] == [f"a:{i}" for i in range(1, 101) if i != 37]
    assert [e["status"] for e in tagged][:3] == ["no_tags", "tagged", "no_tags"]
    assert result.stderr.startswith(f"thoughtmark: {path}:37: ")
    assert len(result.stderr.splitlines()) == 1


def test_broken_entries_in_every_format(tag: Tag, journal: Path) -> None:
    """A file that is not text is named in each format, and the rest is tagged."""
    (journal / "2026-03-04.txt").write_bytes(bytes(range(256)) * 40)
    for form in ("table", "jsonl", "csv", "html"):
        result = tag(journal, "--format", form)
        assert result.exit_code == 3
        assert result.stderr.startswith(f"thoughtmark: {journal / '2026-03-04.txt'}: ")
        assert "2026-03-02" in result.stdout


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A folder with the files that the wrong calls below use."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "ok.txt").write_text(CALM)
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "mood.csv").write_text("day,mood\n1,low\n")
    (tmp_path / "broken.toml").write_text("labels = [")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{}/none.txt"], "none.txt: there is no such file or folder"),
        (["{}/empty"], "there is no journal file in this folder"),
        (["{}/photo.png"], "photo.png is a picture, which is not read"),
        (["{}/mood.csv"], "day"),
        (["{}/mood.csv"], "mood"),
        (["{}/mood.csv"], "--text-column"),
        (["{}/mood.csv", "--text-column", "moods"], "--text-column 'moods'"),
        (["{}/ok.txt", "--labels", "denail"], "unknown label 'denail'; did you mean 'denial'?"),
        (["{}/ok.txt", "--labels", ","], "--labels names none"),
        (["{}/ok.txt", "--operating-point", "sensitve"], "did you mean 'sensitive'?"),
        (["{}/ok.txt", "--min-probability", "1.5"], "0<=x<=1"),
        (["{}/ok.txt", "--min-probability", "high"], "'high'"),
        (["{}/ok.txt", "--format", "pdf"], "'pdf'"),
        (["{}/ok.txt", "--out", "{}/no/folder/a.csv"], "name a file in a folder that exists"),
        (["{}/ok.txt", "--out", "{}/empty"], "is a directory; name a file in a folder that exists"),
        (["{}/ok.txt", "--model", "{}/none.thoughtmark"], "none.thoughtmark: no such file"),
        (["{}/ok.txt", "--model", "{}/ok.txt"], "ok.txt: not a thoughtmark artifact"),
        (["{}/ok.txt", "--colour", "blue"], "--colour"),
        ([], "PATH"),
    ],
)
def test_wrong_calls(tag: Tag, wrong: Path, arguments: list[str], message: str) -> None:
    """A wrong call ends with 2, prints nothing, and its last line says what is wrong."""
    result = tag(*(argument.format(wrong) for argument in arguments))
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in last_line(result.stderr)
    assert last_line(result.stderr).startswith(("thoughtmark: ", "Error: "))


def test_wrong_call_as_a_process(wrong: Path, small_model: Path) -> None:
    """A wrong call is one sentence, with no traceback."""
    done = process("tag", wrong / "none.txt", "--model", small_model)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"thoughtmark: {wrong / 'none.txt'}: there is no such file or folder; check the path\n"


def test_wrong_call_leaves_out_as_it_was(tag: Tag, wrong: Path) -> None:
    """A result of last week survives a call that is wrong."""
    out = wrong / "tags.csv"
    out.write_text("last week")
    for options in (["--labels", "denail"], ["--operating-point", "x"], ["--model", str(wrong / "ok.txt")]):
        assert tag(wrong / "ok.txt", "--out", out, *options).exit_code == 2
    assert out.read_text() == "last week"


@pytest.mark.parametrize("given", ["journal.jsonl", "."])
def test_out_never_takes_the_place_of_a_journal(tag: Tag, tmp_path: Path, given: str) -> None:
    """--out that names a file to read, by itself or in a folder, is a wrong call, and the file stays as it is."""
    journal = jsonl(tmp_path / "journal.jsonl", [FAILURE, CALM])
    before = journal.read_bytes()
    result = tag(tmp_path / given, "--out", tmp_path / "x" / ".." / "journal.jsonl")
    assert result.exit_code == 2
    assert "is one of the files to read" in last_line(result.stderr)
    assert journal.read_bytes() == before


def test_report_into_the_journals_folder(tag: Tag, journal: Path) -> None:
    """A report, which is never read as a journal, may be written into the folder again and again."""
    before = list(read_entries([journal]))
    for _ in range(2):
        assert tag(journal, "--out", journal / "report.html").exit_code == 0
    assert list(map(repr, read_entries([journal]))) == list(map(repr, before))
    assert "is a report" in tag(journal / "report.html").stderr


def test_report_never_takes_the_place_of_a_page(tag: Tag, journal: Path) -> None:
    """--out that names a page of the folder that is no report is a wrong call, and the page stays as it is."""
    page = journal / "evening.html"
    page.write_text("<p>Slept well.</p>")
    assert tag(journal, "--out", page).exit_code == 2
    assert page.read_text() == "<p>Slept well.</p>"


def pty_output(arguments: list[str], columns: int = 80) -> tuple[int, str, str]:
    """Run the program with a terminal as stderr; return its exit code, stdout and stderr."""
    import fcntl
    import pty
    import struct
    import termios

    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color"}
    with subprocess.Popen(
        arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=terminal, env=environment
    ) as child:
        os.close(terminal)
        shown = b""
        while True:
            try:
                part = os.read(screen, 65536)
            except OSError:  # on Linux, this means that the other end is closed
                break
            if not part:
                break
            shown += part
        assert child.stdout is not None
        output = child.stdout.read().decode()
    os.close(screen)
    return child.returncode, output, shown.decode()


@posix
def test_progress_bar_on_a_terminal(small_model: Path, tmp_path: Path) -> None:
    """Where stderr is a terminal, a bar counts the entries there and leaves the result alone."""
    path = jsonl(tmp_path / "a.jsonl", [FAILURE] * 5)
    code, output, shown = pty_output([*PROGRAM, "tag", str(path), "--model", str(small_model), "--format", "jsonl"])
    assert code == 0
    assert len(lines(output)) == 5
    assert "Tagging" in shown
    assert "5/5" in shown
    assert "failure" not in shown


@posix
def test_training_progress_bar_on_a_terminal(two_labels: Path, tmp_path: Path) -> None:
    """Cross-validation, which takes minutes, shows a bar on a terminal and leaves the figures alone."""
    taxonomy = two_labels / "taxonomy.toml"
    arguments = ["evaluate", "--corpus", str(two_labels / "corpus"), "--taxonomy", str(taxonomy), "--format", "json"]
    code, output, shown = pty_output([*PROGRAM, *arguments])
    assert code == 0
    assert list(json.loads(output)["labels"]) == ["bargaining", "labeling"]
    assert "Measuring" in shown


# Background jobs of a shell ignore SIGINT, and their children inherit that; these tests may be such a job.
LISTENING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from classifier.__main__ import main
main(prog_name="thoughtmark")
"""


@posix
def test_interrupted_run_is_resumed(small_model: Path, tmp_path: Path) -> None:
    """Ctrl-C leaves no half result and no traceback; the same command resumes the run."""
    path, out = jsonl(tmp_path / "a.jsonl", [FAILURE, CALM] * 2_000), tmp_path / "tags.jsonl"
    arguments = ["tag", str(path), "--model", str(small_model), "--out", str(out)]
    first = tmp_path / "tags.jsonl.parts" / "part-00000.jsonl"
    with subprocess.Popen([sys.executable, "-c", LISTENING, *arguments], stderr=subprocess.PIPE) as child:
        while child.poll() is None and not first.exists():
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate()
    assert child.returncode not in {0, 2, 3}
    assert b"Traceback" not in errors
    assert not out.exists()
    kept = first.stat().st_mtime_ns
    with subprocess.Popen([*PROGRAM, *arguments], stderr=subprocess.DEVNULL) as again:
        while again.poll() is None and first.exists():
            assert first.stat().st_mtime_ns == kept
            time.sleep(0.05)
    assert again.returncode == 0
    assert [e["id"] for e in lines(out.read_text())] == [f"a:{i}" for i in range(1, 4_001)]


@posix
@pytest.mark.parametrize("form", ["jsonl", "table"])
def test_reader_that_stops(small_model: Path, tmp_path: Path, form: str) -> None:
    """`thoughtmark tag ... | head -1` prints its line and ends without a message."""
    path = jsonl(tmp_path / "a.jsonl", [FAILURE] * 2_000)
    with subprocess.Popen(
        [*PROGRAM, "tag", str(path), "--model", str(small_model), "--format", form],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert b"a:1" in child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 0 or form == "table"  # rich leaves with 1


def test_labels_as_data(two_labels: Path) -> None:
    """`thoughtmark labels --format json` prints the taxonomy that is named."""
    table = json.loads(thoughtmark("labels", "--format", "json", "--taxonomy", two_labels / "taxonomy.toml").stdout)
    assert Taxonomy.from_dict(table) == Taxonomy.load(two_labels / "taxonomy.toml")


def test_labels_of_a_broken_taxonomy(wrong: Path) -> None:
    """A taxonomy that is no TOML is a wrong call that names the file."""
    result = thoughtmark("labels", "--taxonomy", wrong / "broken.toml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert last_line(result.stderr).startswith(f"thoughtmark: {wrong / 'broken.toml'}: not valid TOML")


def test_train_and_use(two_labels: Path, tmp_path: Path) -> None:
    """`thoughtmark train` writes a model of one's own labels, says what it learned from, and `tag` uses it."""
    out = tmp_path / "own.thoughtmark"
    trained = thoughtmark(
        "train", "--corpus", two_labels / "corpus", "--taxonomy", two_labels / "taxonomy.toml", "--out", out
    )
    assert trained.exit_code == 0
    assert trained.stdout.endswith(
        f"on 60 entries, 75 sentences (30 tagged). Saved to {out}; use it with --model {out}.\n"
    )
    (tmp_path / "a.txt").write_text("i am useless like paper")
    (entry,) = lines(thoughtmark("tag", tmp_path / "a.txt", "--model", out, "--format", "jsonl").stdout)
    assert [t["label"] for t in entry["tags"]] == ["labeling"]
    assert list(entry["probabilities"]) == ["bargaining", "labeling"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--corpus", "{}/corpus"], "Missing option '--out'"),
        (["--pipeline", "xx_none", "--out", "{}/x"], "spaCy pipeline 'xx_none' is not installed"),
        (["--corpus", "{}/none", "--out", "{}/x"], "none"),
        (["--corpus", "{}/corpus", "--out", "{}/x"], "'catastrophizing' occurs in 0 independent entries"),
    ],
)
def test_train_wrong_calls(two_labels: Path, arguments: list[str], message: str) -> None:
    """A model of one's own needs a file, and what is wrong is one sentence."""
    result = thoughtmark("train", *(argument.format(two_labels) for argument in arguments))
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in last_line(result.stderr)
    assert not (two_labels / "x").exists()


def test_evaluate_a_file(small_model: Path, small_corpus: Path) -> None:
    """Annotated entries are measured, as data and as tables that name every label."""
    annotated = small_corpus / "entries.jsonl"
    figures = json.loads(thoughtmark("evaluate", annotated, "--model", small_model, "--format", "json").stdout)
    assert figures["counts"]["entries"] == 110
    assert list(figures["labels"]) == list(Taxonomy.load().ids)
    shown = thoughtmark("evaluate", annotated, "--model", small_model).stdout
    assert shown.startswith("entries.jsonl, entries that the model is not trained on\n110 entries, ")
    assert [label for label in Taxonomy.load().ids if label not in shown] == []
    assert "over-flagging" in shown


def test_evaluate_shows_names_as_they_are(small_model: Path, tmp_path: Path, small_corpus: Path) -> None:
    """A file name with square brackets, which the tables' library reads as markup, is shown as it is."""
    path = tmp_path / "set [bold].jsonl"
    path.write_bytes((small_corpus / "entries.jsonl").read_bytes())
    assert "set [bold].jsonl" in thoughtmark("evaluate", path, "--model", small_model).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "{model}"], "add the file"),
        (["{corpus}/a.jsonl", "--corpus", "{corpus}"], "run the command without them"),
        (["{corpus}/none.jsonl"], "none.jsonl"),
        (["{empty}", "--model", "{model}"], "no sentence"),
        (["--corpus", "{empty}"], "occurs in 0 independent entries"),
    ],
)
def test_evaluate_wrong_calls(
    small_model: Path, two_labels: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    """A wrong call is one sentence."""
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    names = {"model": small_model, "corpus": two_labels / "corpus", "empty": empty}
    result = thoughtmark("evaluate", *(argument.format(**names) for argument in arguments))
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in last_line(result.stderr)


def test_corpus_check(two_labels: Path) -> None:
    """`thoughtmark corpus check` reports on a sound corpus and ends with 0."""
    result = thoughtmark(
        "corpus", "check", two_labels / "corpus", "--taxonomy", two_labels / "taxonomy.toml", "--no-minimum"
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("0 entries and 60 thoughts, 75 sentences\n")


def test_corpus_check_with_faults(two_labels: Path) -> None:
    """Faults go to stderr, each with file and line, then their number; the exit code is 2."""
    file = two_labels / "corpus" / "a.jsonl"
    with file.open("a") as stream:
        stream.write("{\n")
    result = thoughtmark("corpus", "check", file, "--taxonomy", two_labels / "taxonomy.toml", "--no-minimum")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"{file}:61: not valid JSON; each line must be one JSON object",
        "thoughtmark: 1 fault; fix the lines named above",
    ]
