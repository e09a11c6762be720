"""Small drawings made on the server: bars and lines in SVG, whose colours come from the style sheets."""

from collections.abc import Iterable, Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

WIDTH, HEIGHT = 600, 160  # of every drawing, in units of its own
GAP = 0.15  # of a bar


@register.filter
def as_percent(share: float) -> str:
    """0.873 -> 87 %, 0.0042 -> 0.4 %. What is not everything is never called so."""
    if share >= 0.995:
        return "100 %" if share >= 1 else "over 99 %"
    if share < 0.001:
        return "under 0.1 %" if share else "0 %"
    return f"{100 * share:.0f} %" if share >= 0.0995 else f"{100 * share:.1f} %"


@register.simple_tag
def bars(values: Sequence[float], label: str) -> SafeString:
    """One bar for each of `values`, the highest as high as the drawing; `label` is what is read aloud instead."""
    highest = max([*values, 0]) or 1
    step = WIDTH / max(len(values), 1)
    drawn = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}"/>',
        (
            (_short(place * step), _short(HEIGHT - high), _short(step * (1 - GAP)), _short(high))
            for place, high in enumerate(HEIGHT * value / highest for value in values)
        ),
    )
    return _drawing("bars", label, drawn)


@register.simple_tag
def lines(label: str, **series: Sequence[float]) -> SafeString:
    """One line for each of `series`, whose name is its class; 0 is the bottom, the highest of all the top."""
    highest = max((value for values in series.values() for value in values), default=0) or 1
    drawn = format_html_join(
        "",
        '<polyline class="{}" points="{}"/>',
        ((name, " ".join(_points(values, highest))) for name, values in series.items()),
    )
    return _drawing("lines", label, drawn)


def _points(values: Sequence[float], highest: float) -> Iterable[str]:
    step = WIDTH / max(len(values) - 1, 1)
    return (f"{_short(place * step)},{_short(HEIGHT * (1 - value / highest))}" for place, value in enumerate(values))


def _drawing(kind: str, label: str, drawn: SafeString) -> SafeString:
    return format_html(
        '<svg class="chart {}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        kind, WIDTH, HEIGHT, label, drawn,
    )  # fmt: skip


def _short(number: float) -> str:
    """Whatever language the page is in."""
    return f"{number:.1f}"
