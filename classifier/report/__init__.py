"""Writes tagged entries as a table, JSONL, CSV, Parquet or one HTML page.

The service and other programs that show tags can use these public names. The import loads neither matplotlib nor Jinja:

- `build_page` returns the values that a page shows of a journal, as a `Page` of `Article`s.
- `cut_at_tags` cuts the text of an entry into `Run`s. A run knows whether it is marked and which tags end with it.
- `words` is a module with the words for odds, percents, reasons and dates, and the notice `NOT_A_DIAGNOSIS`.
- `find_format` returns an output format by name. Its writer needs `ReportSettings`, which include a `ModelCard`.
"""

from classifier.report import words
from classifier.report.formats import ReportSettings, find_format
from classifier.report.marks import Run, cut_at_tags
from classifier.report.model_card import ModelCard
from classifier.report.view import Article, Page, build_page

__all__ = ["Article", "ModelCard", "Page", "ReportSettings", "Run", "build_page", "cut_at_tags", "find_format", "words"]
