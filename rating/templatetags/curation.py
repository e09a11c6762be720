"""How curation is written in templates: the searches that show what a number counts."""

from django import template

from search import query
from search.models import Collection
from search.query import Filter, Query

register = template.Library()


@register.filter
def gathered(collection: Collection) -> str:
    """The search for what is in it, whoever asks."""
    return query.to_text(Query(filters=(Filter("in", (f"{collection.owner.username}/{collection.name}",)),)))


@register.filter
def exact(number: float) -> str:
    """A number of an address, read back as the same one."""
    return repr(float(number))
