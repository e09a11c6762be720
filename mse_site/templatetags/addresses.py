"""`{% url %}` as Django has it, which remembers: dozens on every page have no arguments and are always the same."""

from functools import lru_cache

from django import template
from django.conf import settings
from django.template.base import FilterExpression, Parser, Token
from django.template.context import Context
from django.template.defaulttags import url as djangos_url
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.html import conditional_escape

register = template.Library()
REMEMBERED = 1024


class PlainAddress(template.Node):
    """Of a view without arguments."""

    child_nodelists = ()

    def __init__(self, view_name: FilterExpression) -> None:
        self.view_name = view_name

    def render(self, context: Context) -> str:
        where = get_urlconf() or settings.ROOT_URLCONF, get_script_prefix()
        return _address(str(self.view_name.resolve(context)), *where, is_escaped=context.autoescape)


@register.tag
def url(parser: Parser, token: Token) -> template.Node:
    node = djangos_url(parser, token)
    # What a name within a namespace means depends on the page that it stands on.
    is_plain = not (node.args or node.kwargs or node.asvar or ":" in str(node.view_name))
    return PlainAddress(node.view_name) if is_plain else node


@lru_cache(maxsize=REMEMBERED)
def _address(name: str, urlconf: str, prefix: str, *, is_escaped: bool) -> str:
    """Django reverses below the prefix of the thread, which is part of the key."""
    address = reverse(name, urlconf)
    return conditional_escape(address) if is_escaped else address
