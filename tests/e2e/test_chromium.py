"""Where there is no browser: a failure that must be seen, or a line that says how to get one."""

from pathlib import Path

import pytest

from tests.e2e.conftest import find_chromium


@pytest.fixture
def no_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("MSE_CHROMIUM", raising=False)


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_without_a_browser_the_tests_fail_in_ci_and_are_skipped_elsewhere(
    ci: str, outcome: type[BaseException], no_browser: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="apt install chromium"):
        find_chromium()


def test_a_named_browser_that_is_not_there_is_not_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("MSE_CHROMIUM", str(tmp_path / "nothing"))
    with pytest.raises(pytest.fail.Exception, match="MSE_CHROMIUM"):
        find_chromium()
