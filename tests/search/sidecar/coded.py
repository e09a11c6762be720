"""Small libraries behind codes, which in life only large ones get."""

from pathlib import Path

import numpy as np

from search.sidecar import codes as coding
from search.sidecar.coded import CodedIndex
from search.sidecar.codes import Effort
from search.sidecar.rows import RowFile
from search.sidecar.terms import Vector


def coded_index(path: Path, vectors: Vector, *, factor: float = 10.0, missed: float = 0.0) -> CodedIndex:
    """Memes 1, 2, 3, ... with one vector each."""
    index = CodedIndex(RowFile.begin(path, vectors.shape[1]))
    index.extend(np.arange(1, len(vectors) + 1) * 256, vectors)
    learn(index)
    assert index.codes is not None
    index.codes.effort = Effort(factor, factor, missed)
    return index


def learn(index: CodedIndex) -> None:
    sample = coding.training_sample(index.row_file.rows, index.live_slots())
    index.install(coding.train(sample, len(index)))
    index.survey()
