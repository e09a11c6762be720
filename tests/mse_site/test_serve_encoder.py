"""`manage.py serve_encoder`, as a person starts it."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from search.encoders import load
from search.encoders.lite import LiteEncoder

ROOT = Path(__file__).parent.parent.parent
STOP_S = 60


def test_it_says_where_it_is_answers_there_and_ends_when_it_is_asked_to() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        bind = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [sys.executable, "manage.py", "serve_encoder", "--bind", bind]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            assert f"lite-1, is at http://{bind}" in server.stdout.readline()
            vectors = load(f"remote:http://{bind}").encode_texts(["grumpy cat"])
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(STOP_S) == 0
    np.testing.assert_allclose(vectors, LiteEncoder().encode_texts(["grumpy cat"]), atol=1e-3)


@pytest.mark.parametrize("bind", ["here", "127.0.0.1", "127.0.0.1:99999"])
def test_an_address_that_cannot_be_listened_on_is_refused(bind: str) -> None:
    with pytest.raises(CommandError, match="it must look like"):
        call_command("serve_encoder", "--bind", bind)


def test_an_encoder_that_cannot_be_had_is_said_to_be_missing(settings: object) -> None:
    settings.MSE_ENCODER = "openclip:local-dir:/nowhere"  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="/nowhere does not exist"):
        call_command("serve_encoder")
