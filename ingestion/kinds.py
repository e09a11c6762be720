"""Which crawler reads which kind of source."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ingestion.crawlers import base, feed, reddit, urls
from search.models import Source

CRAWLERS: dict[str, base.Crawl] = {
    Source.Kind.FEED: feed.crawl,
    Source.Kind.REDDIT: reddit.crawl,
    Source.Kind.URLS: urls.crawl,
}
# By locator, of kinds in which it changes: from options and locators.
SCORES: dict[str, Callable[[Mapping[str, Any], Sequence[str]], dict[str, base.Popularity]]] = {
    Source.Kind.REDDIT: reddit.scores,
}
