"""What lies over memes that are not safe for work, for those who did not ask to see them at once."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from search import preferences
from search.models import Meme, Preference

register = template.Library()

# Works without scripts: what it is in is unveiled while the box is checked.
BOX = '<label class="unveil"><input type="checkbox" data-unveils><span>Not safe for work: show</span></label>'


def is_veiled(context: Mapping[str, Any], meme: Meme) -> bool:
    """Whether `meme` is to be blurred for whoever the page is for. Nobody's preference is asked for without need."""
    if not meme.is_nsfw:
        return False
    user = context.get("user")
    return user is None or preferences.of(user).nsfw != Preference.Nsfw.SHOW


@register.simple_tag(takes_context=True)
def veil(context: Mapping[str, Any], meme: Meme) -> str:
    """A class for the element that holds the picture, or nothing."""
    return " is-veiled" if is_veiled(context, meme) else ""


@register.simple_tag(takes_context=True)
def unveil(context: Mapping[str, Any], meme: Meme) -> SafeString:
    """The button that lifts it, to stand beside the picture in that element."""
    return mark_safe(BOX if is_veiled(context, meme) else "")


@register.simple_tag(takes_context=True)
def nsfw_choice(context: Mapping[str, Any]) -> str:
    """What the reader wants done with them: `hide`, `blur` or `show`."""
    return str(preferences.of(context["user"]).nsfw)
