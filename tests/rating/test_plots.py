import json

import pytest
from django.template import Context, Template

from rating.plots import Plot, Series


def test_a_plot_is_numbers_and_a_table() -> None:
    shown = Plot(
        "ROC", "others", "good ones", [0.0, 0.5, 1.0],
        [Series("taste", [0.0, 0.8, 1.0], low=[0.0, 0.7, 1.0], high=[0.0, 0.9, 1.0]), Series("chance", [0.0, None, 1.0])],
        is_share=(True, True),
    )  # fmt: skip
    page = Template("{% load plots %}{% plot shown 'roc' %}").render(Context({"shown": shown}))
    facts = json.loads(page.partition('type="application/json">')[2].partition("</script>")[0])
    assert facts == json.loads(json.dumps(shown.as_json()))
    assert "<td>50 %</td><td>80 % (70 % to 90 %)</td><td>–</td>" in page
    assert page.count("<tr>") == 4


def test_series_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="another length"):
        Plot("a", "x", "y", [1.0, 2.0], [Series("b", [1.0])])
