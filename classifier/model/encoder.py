"""Reads sentences with a small transformer, which was fine-tuned on real posts for the labels of the default model.

The linear model sees words and their neighbours. The encoder reads the whole sentence, so it also recognizes a thought
in words that the training texts did not have. It is the first layers of all-MiniLM-L6-v2 (Wang et al. 2020,
arXiv:2002.10957; Apache 2.0), with 8-bit weights, run by ONNX Runtime. `training/encoder.py` trains it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from classifier.errors import ArtifactDamaged
from classifier.preprocess import Sentence

MAX_TOKENS = 80
"""Word pieces of a sentence that the encoder reads. One sentence in 200 is longer; its end is not read."""


class SentenceEncoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Computes outputs for sentences: one for each label, and one for "any label". Higher means likelier.

    Parameters
    ----------
    folder
        Folder with `encoder.onnx` and `encoder-tokens.json`; by default the one in the package.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    def fit(self, sentences: Sequence[Sentence], y: object = None) -> Self:
        """Do nothing: the encoder is trained before."""
        return self

    def transform(self, sentences: Sequence[Sentence]) -> NDArray[np.float32]:
        """Return the outputs for sentences, shape (sentences, labels + 1)."""
        return self.outputs([sentence.text for sentence in sentences])

    def outputs(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the outputs for texts of sentences, shape (texts, labels + 1).

        Texts are read one by one. The 8-bit arithmetic scales numbers by the largest one in a batch, so that a sentence
        in a batch would get other outputs beside other sentences.
        """
        encodings = self._tokenizer.encode_batch(list(texts))
        rows = [self._session.run(None, {"ids": np.array([encoding.ids])})[0] for encoding in encodings]
        joined: NDArray[np.float32] = np.concatenate(rows)
        return joined

    def files(self) -> tuple[Path, Path]:
        """Return the files of the network and of the tokenizer."""
        folder = self.folder or Path(__file__).parent
        return folder / "encoder.onnx", folder / "encoder-tokens.json"

    def digest(self) -> str:
        """Return the SHA-256 of both files. Raise `ArtifactDamaged` if one is missing."""
        try:
            return hashlib.sha256(b"".join(file.read_bytes() for file in self.files())).hexdigest()
        except OSError as error:
            raise ArtifactDamaged(
                f"{error.filename}: cannot be read ({error.strerror}); install thoughtmark again"
            ) from error

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        onnxruntime.disable_telemetry_events()  # builds for Windows would send events
        options = onnxruntime.SessionOptions()
        # One thread, because several processes or requests share the machine, and results must not depend on its cores.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        network, _ = self.files()
        return onnxruntime.InferenceSession(network.read_bytes(), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        _, tokens = self.files()
        return Tokenizer.from_file(str(tokens))  # its file says where it truncates, and that it does not pad

    def __getstate__(self) -> dict[str, Any]:
        """Leave the open session out, because it belongs to this process."""
        return {"folder": self.folder}
