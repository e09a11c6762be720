"""Which concepts are active in a meme, as bytes: six for each."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

PAIR = np.dtype([("latent", "<u4"), ("value", "<f2")])
Latents = npt.NDArray[np.int64]
Values = npt.NDArray[np.float32]
HIGHEST = float(np.finfo(np.float16).max)


def pack(latents: npt.NDArray[np.integer], values: npt.NDArray[np.floating]) -> bytes:
    """(a,) and (a,) of one meme, the most active first."""
    order = np.argsort(-values, kind="stable")
    pairs = np.empty(len(order), PAIR)
    pairs["latent"], pairs["value"] = latents[order], np.minimum(values[order], HIGHEST)
    return pairs.tobytes()


def unpack(packed: bytes | memoryview) -> tuple[Latents, Values]:
    """(a,) and (a,), the most active first."""
    pairs = np.frombuffer(packed, PAIR)
    return pairs["latent"].astype(np.int64), pairs["value"].astype(np.float32)


def unpack_many(rows: Sequence[bytes | memoryview]) -> tuple[npt.NDArray[np.int64], Latents, Values]:
    """Of n memes: places among them (a,), rising, latents (a,) and values (a,)."""
    sizes = [len(row) // PAIR.itemsize for row in rows]
    latents, values = unpack(b"".join(rows))
    return np.repeat(np.arange(len(rows)), sizes), latents, values
