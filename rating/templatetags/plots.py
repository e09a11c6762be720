"""Plots in templates: a figure with its numbers, drawn by `static/js/plots.js`, and the table behind it."""

from typing import Any

from django import template

from rating.plots import Plot

register = template.Library()


@register.inclusion_tag("rating/_plot.html")
def plot(shown: Plot, id: str) -> dict[str, Any]:
    """`id` is unique on the page."""
    return {"plot": shown, "facts": shown.as_json(), "rows": shown.rows(), "id": f"plot-{id}"}
