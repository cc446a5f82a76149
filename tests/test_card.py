"""The model card states the figures that the models of the package carry."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from classifier.__main__ import main
from classifier.model import artifact
from classifier.model.packaged import model_file

PAGE = Path(__file__).parents[1] / "docs" / "records" / "model-card.md"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The card, as `thoughtmark card` writes it now."""
    out = tmp_path_factory.mktemp("card") / "card.md"
    result = CliRunner().invoke(main, ["card", "--out", str(out)], catch_exceptions=False)
    assert result.exit_code == 0
    return out.read_text(encoding="utf-8")


def test_kept_card_is_up_to_date(written: str) -> None:
    """The card in docs/ is what the command writes."""
    assert PAGE.read_text(encoding="utf-8") == written


def test_card_names_both_models_and_their_figures(written: str) -> None:
    """The card names the default model's version, and the micro-F1 of both models in the locked test."""
    default, fast = (artifact.check(model_file(name)) for name in ("default", "fast"))
    assert default.version in written
    for manifest in (default, fast):
        assert f"{manifest.quality['locked_test']['operating_points']['balanced']['micro_f1']:.3f}" in written
    for label in default.experimental:
        assert f"{label} (experimental)" in written


def test_folder_that_does_not_exist(tmp_path: Path) -> None:
    """A file that cannot be written is an error that says so."""
    result = CliRunner().invoke(main, ["card", "--out", str(tmp_path / "none" / "card.md")])
    assert result.exit_code == 2
    assert "cannot be written" in result.output
