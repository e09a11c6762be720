"""What the documents say is what is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_key_of_the_help_is_in_the_document_and_no_other() -> None:
    lists = [ROOT / "templates/_help.html", *(ROOT / "templates/rating").glob("_*keys.html")]
    shown = {key for path in lists for key in re.findall(r"<kbd>(.+?)</kbd>", path.read_text(encoding="utf-8"))}
    rows = re.findall(r"^\| (`.+?) \|", (ROOT / "docs/keyboard.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(shown) > 8
    assert {key for row in rows for key in re.findall(r"`(.+?)`", row)} == shown


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)#]+)", path.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (path.parent / target).exists(), target


def test_the_size_of_a_models_weights_is_the_same_everywhere() -> None:
    model = "ViT-B-16-SigLIP2:webli"
    said = {
        size
        for name in ("README.md", "docs/encoders.md")
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if model in line
        for size in re.findall(r"[\d.]+ [GM]B", line)
    }
    assert said == {"1.5 GB"}
