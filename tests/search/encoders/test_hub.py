"""Models from a hub: fetched once, from safetensors only."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from search.encoders import load
from search.encoders.weights import CONFIG_NAME, WEIGHTS_NAME
from tests.search.encoders.processes import run_python

TINY = Path(__file__).parents[2] / "data" / "tiny_clip"
COMMIT = "0123456789abcdef0123456789abcdef01234567"

TRY = """
from search.encoders import EncoderError, load
for spec in {specs!r}:
    try:
        encoder = load(spec, device="cpu")
        print(encoder.spec, encoder.revision)
    except EncoderError as error:
        print(error)
"""


class Hub:
    """A model hub on this machine that has one repository."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.asked: set[str] = set()
        self.address = ""


@contextlib.contextmanager
def serve(hub: Hub) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            name = self.path.rpartition("/")[2]
            hub.asked.add(name)
            body = hub.files.get(name)
            self.send_response(404 if body is None else 200)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", str(len(body or b"")))
            if body is None:
                self.send_header("X-Error-Code", "EntryNotFound")
            else:
                self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
            self.end_headers()

        def do_GET(self) -> None:
            self.do_HEAD()
            self.wfile.write(hub.files.get(self.path.rpartition("/")[2], b""))

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(specs: list[str], cache: Path, hub: Hub | None = None, *, then: str = "") -> list[str]:
    """What a process of its own says of each, and of what it does `then`: it takes seconds to start."""
    environment = {"HF_HUB_CACHE": str(cache), "HF_HUB_OFFLINE": "0" if hub else "1", "HF_HUB_DISABLE_XET": "1"}
    if hub:
        environment["HF_ENDPOINT"] = hub.address
    return run_python(TRY.format(specs=specs) + then, **environment)


def put_in_cache(cache: Path, repo: str, name: str, content: bytes) -> Path:
    folder = cache / f"models--{repo.replace('/', '--')}"
    path = folder / "snapshots" / COMMIT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    (folder / "refs").mkdir(exist_ok=True)
    (folder / "refs" / "main").write_text(COMMIT)
    return path


def test_a_hub_model_is_downloaded_once_and_then_needs_no_hub(tmp_path: Path) -> None:
    hub = Hub({name: (TINY / name).read_bytes() for name in (CONFIG_NAME, WEIGHTS_NAME)})
    spec = "openclip:hf-hub:someone/tiny"
    expected = f"{spec} {load(f'openclip:local-dir:{TINY}', device='cpu').revision}"
    with serve(hub):
        assert ask([spec], tmp_path, hub)[-1] == expected
    assert ask([spec], tmp_path)[-1] == expected


def test_a_hub_model_that_is_only_a_pickle_is_refused_and_never_downloaded(tmp_path: Path) -> None:
    hub = Hub({CONFIG_NAME: (TINY / CONFIG_NAME).read_bytes(), "open_clip_pytorch_model.bin": b"a pickle"})
    with serve(hub):
        answer = ask(["openclip:hf-hub:someone/pickled"], tmp_path, hub)[-1]
    assert answer.startswith(f"someone/pickled publishes no {WEIGHTS_NAME}. Weights are loaded from safetensors only")
    assert {CONFIG_NAME, WEIGHTS_NAME} <= hub.asked
    assert not [name for name in hub.asked if name.endswith(".bin")]


def test_a_model_not_in_the_cache_is_refused_when_offline(tmp_path: Path) -> None:
    repos = {
        "openclip:ViT-B-16-SigLIP2:webli": "timm/ViT-B-16-SigLIP2",
        "openclip:hf-hub:nobody/nothing": "nobody/nothing",
    }
    refused = [f"{repo} is not in the local cache and its hub cannot be reached." for repo in repos.values()]
    assert ask(list(repos), tmp_path) == refused


def test_a_tag_takes_safetensors_even_where_openclip_names_a_pickle(tmp_path: Path) -> None:
    repo = "timm/ViT-B-16-SigLIP2"
    pickled = put_in_cache(tmp_path, repo, "open_clip_pytorch_model.bin", b"a pickle")
    weights = pickled.with_name(WEIGHTS_NAME)
    spec = "openclip:ViT-B-16-SigLIP2:webli"
    then = (
        "from search.encoders.specs import parse; from search.encoders.weights import find_checkpoint; import shutil;"
        f"shutil.copy({str(TINY / WEIGHTS_NAME)!r}, {str(weights)!r}); found = find_checkpoint(parse({spec!r}));"
        "print(found.weights); print(found.preprocess['resize_mode'], found.architecture, found.tokenizer)"
    )
    refusal, *found = ask([spec], tmp_path, then=then)
    assert refusal.startswith(f"{repo} is not in the local cache")
    assert found == [str(weights), "squash ViT-B-16-SigLIP2 ViT-B-16-SigLIP2"]
