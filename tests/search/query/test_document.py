"""docs/search.md says what the parser reads."""

from django.conf import settings

from search.query import BadQuery, parse
from search.query.document import document
from search.query.keys import every_key

PAGE = settings.BASE_DIR / "docs/search.md"


def test_the_page_is_that_of_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == document(), "run `python manage.py document_search`"


def test_every_key_and_every_value_of_a_choice_is_on_the_page() -> None:
    page = document()
    for key in every_key():
        assert f"`{key.example}`" in page
        assert all(option in page for option in key.form.options)


def test_the_examples_on_the_page_can_be_searched_with() -> None:
    cells = [line.split("`")[1] for line in document().splitlines() if line.startswith("| `")]
    wrong = [cell for cell in cells if not cell.endswith(":") and is_refused(cell)]
    assert wrong == ["-dogs", "-dogs^0.5"], "which need something to look for beside them"


def is_refused(text: str) -> bool:
    try:
        parse(text)
    except BadQuery:
        return True
    return False
