"""Text to vectors.  The project's own static encoder by default; any sentence-transformers model by setting.

The own encoder is a sentence-transformers `StaticEmbedding`: a vector for each term, averaged.  It is trained by
`knowledge_base.encoder.train` and saved as a sentence-transformers model; at run time its weights are read with numpy
alone, so that the platform starts without torch and a question takes tens of microseconds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge_base.encoder.features import features
from knowledge_base.errors import ErrorCode, Misconfigured

if TYPE_CHECKING:
    from knowledge_base.confidence import Confidence

Vectors = NDArray[np.float32]
SHIPPED = Path(__file__).parent / "model"


class Encoder(Protocol):
    name: str
    dimension: int

    @property
    def confidence(self) -> Confidence:
        """How sure a search with this encoder is.  Raises `Misconfigured` where none was fitted."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimension).  A text with no known term gets the zero vector."""


class StaticEncoder:
    """The project's own encoder, from a folder saved by sentence-transformers."""

    def __init__(self, folder: Path = SHIPPED) -> None:
        from safetensors.numpy import load_file

        card = json.loads((folder / "tthc.json").read_text(encoding="utf-8"))
        tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        self._vocabulary: dict[str, int] = tokenizer["model"]["vocab"]
        self._unknown = self._vocabulary[tokenizer["model"]["unk_token"]]
        self._weights: Vectors = load_file(folder / "model.safetensors")["embedding.weight"].astype(np.float32)
        self.dimension = int(self._weights.shape[1])
        self.name = f"tthc-{card['digest'][:12]}"
        self._folder = folder

    @property
    def confidence(self) -> Confidence:
        return _confidence(self._folder)

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            known = [self._vocabulary.get(term, self._unknown) for term in features(text)]
            if known:
                vectors[row] = self._weights[known].mean(axis=0)
        return _unit(vectors)


class ModelEncoder:
    """Any sentence-transformers model, by name or folder.  Its confidence is fitted into the folder `fitted`."""

    def __init__(self, name: str, fitted: Path) -> None:
        from sentence_transformers import SentenceTransformer

        try:
            self._model: Any = SentenceTransformer(name, device="cpu")
        except Exception as error:
            raise Misconfigured(ErrorCode.MISCONFIGURED, f"TTHC_ENCODER={name}: {error!r}") from error
        self.name = name
        self.dimension = int(self._model.get_embedding_dimension())
        self._fitted = fitted

    @property
    def confidence(self) -> Confidence:
        return _confidence(self._fitted)

    def encode(self, texts: Sequence[str]) -> Vectors:
        encoded = self._model.encode(list(texts), show_progress_bar=False, convert_to_numpy=True)
        return _unit(np.asarray(encoded, dtype=np.float32).reshape(len(texts), self.dimension))


def _confidence(folder: Path) -> Confidence:
    """The folder's own, if fitted there; else the shipped one, as the nearest thing at hand."""
    from knowledge_base.confidence import FILE, Confidence  # the terms alone are read in the dialogue runtime too

    return Confidence.load(folder if (folder / FILE).exists() else SHIPPED)


def _unit(vectors: Vectors) -> Vectors:
    """Rows of length 1, zero rows as they are (a model's own normalising makes NaN of them in half precision)."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    units: Vectors = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return units


def open_encoder(name: str = "", data_dir: Path | None = None) -> Encoder:
    """The encoder to use: the model `name` if given, else the one trained on this machine, else the shipped one."""
    if name:
        return ModelEncoder(name, (data_dir or Path()) / "encoder")
    trained = data_dir / "encoder" if data_dir else None
    return StaticEncoder(trained if trained and (trained / "tthc.json").exists() else SHIPPED)
