"""How sources are written in templates: what they read, and how often."""

from django import template
from django.contrib.auth.models import AnonymousUser, User

from ingestion.models import Subscription
from ingestion.source_form import INTERVALS, MODES, Mode
from search.curators import is_curator
from search.locators import readable as readable_locator
from search.models import Source

register = template.Library()
NAMES = dict(INTERVALS)


@register.filter
def curates(user: User | AnonymousUser) -> bool:
    return is_curator(user)


@register.filter
def readable(locator: str) -> str:
    return readable_locator(locator)


@register.filter
def facts(source: Source) -> list[tuple[str, str]]:
    """What a source reads, in words and without the parts that are empty."""
    options = source.subscription.options
    match source.kind:
        case Source.Kind.FOLDER:
            return [("Folder", readable_locator(source.root))]
        case Source.Kind.REDDIT:
            named = [("Reads", options.get("place")), ("Posts", options.get("depth")), ("Since", options.get("since"))]
            return [(name, str(value)) for name, value in named if value]
        case Source.Kind.URLS if not options.get("address"):
            return [("Addresses", f"{len(str(options.get('addresses', '')).split())} words of a list")]
    return [("Address", str(options.get("address") or source.root))]


@register.filter
def rhythm(subscription: Subscription) -> str:
    """How often it is read."""
    if subscription.mode == Mode.INTERVAL:
        return f"every {every(subscription.every_min)}"
    if subscription.mode == Mode.CRONTAB:
        return f"at fixed times: {subscription.crontab}"
    if subscription.mode == Mode.ADAPTIVE:
        return f"as often as it posts: now every {every(subscription.every_min)}"
    return dict(MODES)[Mode.MANUAL].lower()


def every(minutes: int) -> str:
    if minutes in NAMES:
        return NAMES[minutes]
    return f"{minutes // 60} hours" if minutes % 60 == 0 else f"{minutes} minutes"
