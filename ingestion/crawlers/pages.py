"""What a web page says about its pictures and its feeds, read without running or fetching anything."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

MAX_CHARACTERS = 1_000_000  # what stands further down is nobody's main picture
# One by one, because the parser takes hours for a megabyte of tags that never end.
TAGS = re.compile(r"<(?:base|meta|link|img)\b[^<]{0,5000}", re.IGNORECASE)
FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})
# Best first. What a page shows when somebody shares it is what it is about.
MAIN = ("og:image:secure_url", "og:image:url", "og:image", "twitter:image", "twitter:image:src")
TINY = frozenset({"0", "1", "2", "3"})  # pixels: such pictures count visitors


@dataclass
class Page(HTMLParser):
    """What was found, as it is written there: addresses may be relative to `base` or to the page's own."""

    base: str = ""
    meta: dict[str, str] = field(default_factory=dict)
    images: list[str] = field(default_factory=list)
    feeds: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}
        match tag:
            case "base":
                self.base = self.base or given.get("href", "")
            case "meta":
                name = (given.get("property") or given.get("name") or "").lower()
                self.meta.setdefault(name, given.get("content", "").strip())
            case "link" if "alternate" in given.get("rel", "").lower() and given.get("type", "").lower() in FEED_TYPES:
                self.feeds.append(given.get("href", ""))
            case "link" if given.get("rel", "").lower() == "image_src":
                self.meta.setdefault("image_src", given.get("href", ""))
            case "img" if given.get("width") not in TINY and given.get("height") not in TINY:
                self.images.append(given.get("src", "").strip())


def read(text: str) -> Page:
    page = Page()
    for tag in TAGS.finditer(text, 0, MAX_CHARACTERS):
        page.feed(tag[0])
        page.reset()
    return page


def main_picture(page: Page, address: str) -> str:
    """The address of the picture that the page is about; empty if it names none."""
    named = next((page.meta[name] for name in (*MAIN, "image_src") if page.meta.get(name)), "")
    return absolute(named, page, address)


def first_picture(page: Page, address: str) -> str:
    """The address of the first picture in the text; empty if there is none. What is written into the page is no address."""
    return next((found for image in page.images if (found := absolute(image, page, address))), "")


def absolute(written: str, page: Page, address: str) -> str:
    """The address that is meant, if it is one of the web; else empty."""
    try:
        whole = urljoin(urljoin(address, page.base), written.strip())
    except ValueError:  # such as brackets that are not those of an IPv6 address
        return ""
    return whole if written and whole.startswith(("http://", "https://")) and whole.isprintable() else ""
