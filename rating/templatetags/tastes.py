"""How tastes are written in templates: shares as percentages, addresses of axes."""

from django import template

from rating.models import Axis

register = template.Library()

NOT_IN_PATHS = ("/", "\\", "?", "#")


@register.filter
def percent(share: float) -> int:
    """0.873 -> 87. What is not everything is never called so, nor what is something nothing."""
    rounded = round(100 * share)
    if 0 < share < 1:
        return min(max(rounded, 1), 99)
    return rounded


@register.filter
def signed(share: float) -> str:
    """0.08 -> +8, -0.03 -> -3 with a minus sign."""
    rounded = round(100 * share)
    return f"+{rounded}" if rounded > 0 else f"\N{MINUS SIGN}{-rounded}" if rounded < 0 else "0"


@register.filter
def slug(axis: Axis) -> str:
    """How an axis is called in an address: by its name, or by its number if that is no part of one."""
    plain = axis.name.strip(".") and not axis.name.isdecimal() and not any(mark in axis.name for mark in NOT_IN_PATHS)
    return axis.name if plain else str(axis.pk)


@register.filter
def unlocalized(value: float) -> str:
    """A number of a drawing, whatever language the page is in."""
    return f"{value:.3f}"
