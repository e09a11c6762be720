"""The server that this site is measured against, made again: aiohttp, one flat index, JSON of the nearest files.

Its searches run in the event loop, one after another, as they do in the Python server of the original.
"""

import argparse
import base64
from pathlib import Path

import faiss
import numpy as np
from aiohttp import web

from search.sidecar.terms import Vector


class Index:
    def __init__(self, vectors: Vector, files: list[str]) -> None:
        """vectors: (files, dims) float32."""
        self._files = files
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def search(self, query: Vector, count: int) -> list[dict[str, float | str]]:
        scores, rows = self._index.search(query[None], count)
        found = zip(scores[0].tolist(), rows[0].tolist(), strict=True)
        return [{"score": score, "file": self._files[row]} for score, row in found if row >= 0]


def application(index: Index) -> web.Application:
    async def search(request: web.Request) -> web.Response:
        text = request.query["e"]
        vector = np.frombuffer(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "<f2").astype(np.float32)
        return web.json_response(index.search(vector, int(request.query["limit"])))

    served = web.Application()
    served.router.add_get("/", search)
    return served


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vectors", type=Path, help=".npy of (files, dims) float32")
    parser.add_argument("port", type=int)
    options = parser.parse_args()
    faiss.omp_set_num_threads(1)
    vectors = np.load(options.vectors)
    files = [f"memes/{number // 1000:03}/{number:08x}.jpg" for number in range(len(vectors))]
    web.run_app(application(Index(vectors, files)), host="127.0.0.1", port=options.port, print=None)


if __name__ == "__main__":
    main()
