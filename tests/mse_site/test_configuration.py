"""docs/configuration.md against the settings it describes."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "docs" / "configuration.md"
ROW = re.compile(r"^\| `(?P<name>[A-Z_]+)` \| (?P<default>.*?) \| \S", re.MULTILINE)


def documented() -> dict[str, str]:
    return {row["name"]: row["default"].strip("`") for row in ROW.finditer(DOCUMENT.read_text(encoding="utf-8"))}


def read_variables() -> dict[str, ast.expr | None]:
    """Every variable that is read through `env`, with its default."""
    found: dict[str, ast.expr | None] = {}
    for package in ("mse_site", "search", "ingestion"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(func=ast.Attribute(value=ast.Name(id="env")), args=[ast.Constant(str(name)), *rest]):
                        found[name] = rest[0] if rest else None
    return found


def in_words(default: object) -> str:
    match default:
        case bool():
            return "yes" if default else "no"
        case list():
            return ",".join(default) or "none"
    return str(default) or "none"


def test_every_variable_is_documented_and_no_other_one() -> None:
    assert set(documented()) == set(read_variables())


def test_the_documented_defaults_are_the_real_ones() -> None:
    told = documented()
    for name, default in read_variables().items():
        try:
            value = ast.literal_eval(default) if default is not None else None
        except ValueError:
            continue  # a path that depends on where the site is
        if value is not None and name not in {"DATABASE_URL", "REDIS_URL"}:
            assert told[name] == in_words(value), name


def test_the_environment_is_read_nowhere_else() -> None:
    """A setting that is read behind the settings' back would be in no document."""
    reads = re.compile(r"environ(?:\.get\(|\[)\s*[\"'](MSE_[A-Z_]+)[\"']|getenv\([\"'](MSE_[A-Z_]+)")
    for package in ("mse_site", "search", "ingestion"):
        for path in (ROOT / package).rglob("*.py"):
            assert not reads.search(path.read_text(encoding="utf-8")), path
