import json
from io import StringIO

import pytest
from rich.console import Console

from tests.benchmarks.report import Report, as_json, figure, show


@pytest.mark.parametrize(
    ("value", "reference", "bound", "ratio", "holds"),
    [
        (90.0, 100.0, ">= 0.8", 0.9, True),
        (70.0, 100.0, ">= 0.8", 0.7, False),
        (0.2, None, "< 0.3", None, True),
        (0.3, None, "< 0.3", None, False),
        (5.0, None, "", None, None),
    ],
)
def test_a_bound_speaks_of_the_ratio_or_without_reference_of_the_value(value, reference, bound, ratio, holds):
    one = figure("speed", value, "images/s", reference=reference, bound=bound)
    assert (one.ratio, one.holds) == (ratio, holds)


def test_a_report_is_one_json_object():
    report = Report("Speed", [figure("speed", 90, "images/s", reference=100, bound=">= 0.8")], {"pictures": 3})
    written = json.loads(as_json(report))
    assert written["machine"]["cores"] >= 1
    assert written["sizes"] == {"pictures": 3}
    assert written["figures"] == [
        {
            "name": "speed",
            "value": 90,
            "unit": "images/s",
            "reference": 100,
            "ratio": 0.9,
            "bound": ">= 0.8",
            "holds": True,
        }
    ]


def test_a_printed_report_says_what_was_missed_and_left_out():
    screen = StringIO()
    figures = [figure("speed", 70, "images/s", reference=100, bound=">= 0.8")]
    show(Report("Speed", figures, left_out="all the rest"), Console(file=screen, width=120))
    assert "NO" in screen.getvalue()
    assert "left out: all the rest" in screen.getvalue()
