import base64
import json
import os
import sys
from pathlib import Path
from urllib.parse import urlencode

import numpy as np

from tests.benchmarks.full_site import answers, free_port, started, wait
from tests.benchmarks.load import Server
from tests.search.sidecar.mixture import Mixture, nearest


def test_the_original_answers_the_files_that_brute_force_finds(tmp_path: Path) -> None:
    mixture, port = Mixture(dims=32), free_port()
    vectors, query = mixture.draw(500, 1), mixture.draw(1, 2)[0]
    np.save(tmp_path / "vectors.npy", vectors)
    command = [sys.executable, "-m", "tests.benchmarks.original_server", str(tmp_path / "vectors.npy"), str(port)]
    with started(command, dict(os.environ)) as process:
        wait(lambda: answers(port), process)
        server = Server(port)
        asked = urlencode({"e": base64.urlsafe_b64encode(query.astype("<f2").tobytes()).decode(), "limit": 20})
        found = json.loads(server.get(server.connect(), f"/?{asked}"))
    rows = nearest(vectors, query, 20)
    assert [hit["file"] for hit in found] == [f"memes/000/{row:08x}.jpg" for row in rows]
    np.testing.assert_allclose([hit["score"] for hit in found], vectors[rows] @ query, atol=1e-5)
    assert process.poll() is not None
