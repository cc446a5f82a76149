"""Tagged entries in; a table, JSONL, CSV, Parquet or one HTML page out.

Public names, for the service and for other programs that show tags. Importing them loads neither matplotlib nor Jinja:

- `OUTPUT_FORMATS`, `find_format` and `format_for_file`: the output formats. Each is an `OutputFormat`, which makes its
  writer from `ReportSettings` and a `ModelCard`.
- `build_page`: the values that a page shows of a journal (`Page`, `Article`, `ShownTag`, `EvidenceWords`, `Picture`).
- `cut_at_tags`: the text of an entry as `Run`s of `Piece`s, marked where a tag is; `check_spans` for tags alone.
- `words`: a module with the words for odds, percents, reasons and dates, and the notice `NOT_A_DIAGNOSIS`.
"""

from classifier.report import words
from classifier.report.formats import OUTPUT_FORMATS, OutputFormat, ReportSettings, find_format, format_for_file
from classifier.report.marks import Piece, Run, check_spans, cut_at_tags
from classifier.report.model_card import ModelCard
from classifier.report.view import Article, EvidenceWords, Page, Picture, ShownTag, build_page

__all__ = [
    "OUTPUT_FORMATS",
    "Article",
    "EvidenceWords",
    "ModelCard",
    "OutputFormat",
    "Page",
    "Picture",
    "Piece",
    "ReportSettings",
    "Run",
    "ShownTag",
    "build_page",
    "check_spans",
    "cut_at_tags",
    "find_format",
    "format_for_file",
    "words",
]
