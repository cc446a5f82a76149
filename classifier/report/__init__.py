"""Tagged entries in; a table, JSONL, CSV, Parquet or one HTML page out.

Public names, for the service and for other programs that show tags. Importing them loads neither matplotlib nor Jinja:

- `build_page`: the values that a page shows of a journal, as a `Page` of `Article`s.
- `cut_at_tags`: the text of an entry as `Run`s, each marked or not, with the tags that end there.
- `words`: a module with the words for odds, percents, reasons and dates, and the notice `NOT_A_DIAGNOSIS`.
- `find_format`: an output format by name, which makes its writer from `ReportSettings` and a `ModelCard`.
"""

from classifier.report import words
from classifier.report.formats import ReportSettings, find_format
from classifier.report.marks import Run, cut_at_tags
from classifier.report.model_card import ModelCard
from classifier.report.view import Article, Page, build_page

__all__ = ["Article", "ModelCard", "Page", "ReportSettings", "Run", "build_page", "cut_at_tags", "find_format", "words"]
