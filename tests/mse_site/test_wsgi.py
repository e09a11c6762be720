"""What the web processes have in common."""

import subprocess
import sys

CODE = """
import gc, sys
import mse_site.wsgi
assert {"search.views.results", "rating.urls", "mse_site.api"} <= sys.modules.keys()
assert gc.get_freeze_count() > 50_000 > gc.collect() + len(gc.get_objects())
assert not {"torch", "faiss", "onnxruntime", "open_clip"} & sys.modules.keys()
"""


def test_what_every_page_needs_is_loaded_before_the_workers_part_and_is_no_garbage() -> None:
    subprocess.run([sys.executable, "-c", CODE], check=True)
