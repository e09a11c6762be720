"""The dependency rule and the size law, executed."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("mse_site", "search", "ingestion", "rating", "tests")
HEAVY = ("torch", "faiss", "onnxruntime", "open_clip")
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "manager", "handler", "services"}


def sources() -> list[Path]:
    return [path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts]


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_file_stays_small_and_says_what_it_is_for() -> None:
    assert [f"{path.relative_to(ROOT)}: {fault}" for path in sources() for fault in faults(path)] == []


def faults(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    if (length := len(text.splitlines())) > 300:
        yield f"{length} lines"
    if path.stem in FORBIDDEN_NAMES:
        yield "a name that says nothing"
    tree = ast.parse(text)
    # The names of tests are sentences.
    if not path.name.startswith("test_") and tree.body and not ast.get_docstring(tree):
        yield "the module needs one sentence that says what it is for"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            if node.end_lineno - node.lineno >= 60:
                yield f"{node.name} is too long"


def test_the_web_process_loads_nothing_heavy() -> None:
    """Every URL's view is imported, as in a running web process."""
    code = (
        "import sys, mse_site.wsgi; from django.urls import get_resolver; get_resolver().url_patterns; "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_is_fetched_from_elsewhere_at_run_time() -> None:
    """Fonts, icons and scripts are vendored: no page or style names another host."""
    for path in [
        *(ROOT / "templates").rglob("*.html"),
        *(ROOT / "static").rglob("*.css"),
        *(ROOT / "static").rglob("*.js"),
    ]:
        if "vendor" in path.parts:
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not any(f'{attribute}="http' in line for attribute in ("src", "srcset")), path
            assert "url(http" not in line, path
            assert "@import" not in line, path


def test_nothing_is_drawn_with_a_font_of_the_machine() -> None:
    """Tests and benchmarks run where no font is installed."""
    named = re.compile(r"truetype\(\s*f?[\"']")
    assert [path for path in (ROOT / "tests").rglob("*.py") if named.search(path.read_text(encoding="utf-8"))] == []
