"""The site as people run it (gunicorn with two workers, sidecar, Postgres, Redis) over a full library."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

import psutil
import torch
from safetensors.torch import save_file

from mse_site.demo.model import CONFIG
from mse_site.embedded import launch, paths
from search.encoders import load
from search.encoders.torchvision_shim import import_open_clip
from search.sidecar.client import Sidecar
from search.sidecar.terms import SidecarAway, Vector
from tests.benchmarks.full_library import Encoder, fill

ROOT = Path(__file__).parent.parent.parent
GIVE_UP_S = 300.0
NAME, PASSWORD = "alice", "a long enough password"
CREATE = f"from django.contrib.auth.models import User; User.objects.create_user({NAME!r}, password={PASSWORD!r})"
# One thread each, as the site's own processes have; the servers it is compared with get the same.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class FullSite:
    host: str
    port: int
    cookie: str  # of somebody who is signed in
    vectors: Vector  # (memes, dims) float32; meme `row + 1` has the vector of `row`
    data: Path
    environment: dict[str, str]
    supervisor: int  # its process; all others are below it

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.supervisor).children(recursive=True)

    def manage(self, *words: str) -> str:
        return _manage(self.environment, *words)


@contextmanager
def full_site(memes: int, dims: int, *, is_lived_in: bool = False) -> Iterator[FullSite]:
    """Its own folder, servers and model; all of it ends with the block, or with this process however that ends.

    Only `kill -9` leaves the folder behind.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended."))
    folder = Path(tempfile.mkdtemp(prefix="mse-full-"))
    folder.chmod(0o711)  # the Postgres server may run as a user of its own and must get through
    try:
        encoder = make_model(folder / "model", dims)
        environment = _environment(folder / "data", encoder.spec)
        with _up(environment) as (port, supervisor):
            vectors = fill(paths.postgres_url(folder / "data"), memes, encoder, is_lived_in=is_lived_in)
            _manage(environment, "shell", "-c", CREATE)
            _wait_for_index(folder / "data", memes)
            cookie = sign_in("127.0.0.1", port)
            yield FullSite("127.0.0.1", port, cookie, vectors, folder / "data", environment, supervisor)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_model(folder: Path, dims: int) -> Encoder:
    """An untrained OpenCLIP model of the demo's shape with `dims` outputs: it costs what the demo's costs."""
    config = {**CONFIG, "model_cfg": {**CONFIG["model_cfg"], "embed_dim": dims}}
    torch.manual_seed(0)
    model = import_open_clip().CustomTextCLIP(
        **{key: value for key, value in config["model_cfg"].items() if key != "custom_text"}
    )
    folder.mkdir(parents=True)
    (folder / "open_clip_config.json").write_text(json.dumps(config), encoding="utf-8")
    state = {name: value.detach().clone().contiguous() for name, value in model.state_dict().items()}
    save_file(state, str(folder / "open_clip_model.safetensors"))
    spec = f"openclip:local-dir:{folder}"
    return Encoder(spec, load(spec, device="cpu").revision, dims)


def _environment(data: Path, spec: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return {**kept, **ONE_THREAD, "MSE_DATA_DIR": str(data), "MSE_ENCODER": spec, "MSE_WEB_WORKERS": "2"}


@contextmanager
def _up(environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Without workers: nothing here has a picture that they could read."""
    port = free_port()
    command = ["manage.py", "up", "--no-workers", "--bind", f"127.0.0.1:{port}"]
    with started([sys.executable, *command], environment) as process:
        wait(lambda: answers(port), process)
        yield port, process.pid


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(
    command: list[str], environment: dict[str, str], output: IO[bytes] | int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that gets Ctrl-C at the end of the block, and from the kernel when this process is killed."""
    wrapper = [sys.executable, "-I", "-S", launch.__file__, str(os.getpid()), str(int(signal.SIGINT)), "0", "-1", "-1"]
    process = subprocess.Popen([*wrapper, *command], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(GIVE_UP_S)


def wait(is_done: Callable[[], bool], process: subprocess.Popen[bytes] | None = None) -> None:
    deadline = time.monotonic() + GIVE_UP_S
    while not is_done():
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        if time.monotonic() > deadline:
            raise RuntimeError("not ready in time")
        time.sleep(0.05)


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _manage(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def _wait_for_index(data: Path, memes: int) -> None:
    """Until it holds everything, in the form that its size asks for."""
    sidecar = Sidecar(paths.sidecar_socket(data))

    def is_level() -> bool:
        try:
            health: Any = sidecar.health()
        except SidecarAway:
            return False
        return health.memes == memes and health.tuning is None and health.is_exact == (memes <= 25_000)

    wait(is_level)


def sign_in(host: str, port: int, name: str = NAME, password: str = PASSWORD) -> str:
    """The cookie of a session, got as a browser gets it."""
    connection = http.client.HTTPConnection(host, port, timeout=30)
    connection.request("GET", "/accounts/login/")
    answer = connection.getresponse()
    token = _cookies(answer)["csrftoken"]
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())
    assert found is not None
    form = urlencode({"login": name, "password": password, "csrfmiddlewaretoken": found[1]})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={token}"}
    connection.request("POST", "/accounts/login/", form, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return f"csrftoken={token}; sessionid={_cookies(answer)['sessionid']}"


def _cookies(answer: http.client.HTTPResponse) -> dict[str, str]:
    pairs = [line.split(";")[0].partition("=") for line in answer.headers.get_all("Set-Cookie") or []]
    return {name: value for name, _, value in pairs}
