"""The addresses of memes on this site: hundreds stand on one page, so their patterns are looked up once."""

from functools import cache

from django.urls import get_script_prefix, reverse

# Where the parts of a pattern stand; no pattern of ours has such a thing in it.
NUMBER, VERSION, VARIANT = 7_777_777_777, "version~", "variant~"


def media_pattern() -> str:
    """Of `of_media`, to be formatted with its arguments: for many on one page. The hash has eight characters there."""
    return _media_pattern(get_script_prefix())


def page_pattern() -> str:
    """Of `of_page`, likewise."""
    return _pattern("meme", get_script_prefix())


def of_page(meme_id: int) -> str:
    return _pattern("meme", get_script_prefix()).format(meme_id)


def in_api(meme_id: int) -> str:
    return _pattern("api-meme", get_script_prefix()).format(meme_id)


def of_media(meme_id: int, sha256: str, variant: str) -> str:
    """`variant` is thumbnail, preview, original or the like. A part of the hash makes the address that of these bytes."""
    return _media_pattern(get_script_prefix()).format(meme_id, sha256[:8], variant)


@cache
def _pattern(name: str, prefix: str) -> str:
    """Django reverses below the prefix of the thread, which is part of the key."""
    return _escaped(reverse(name, args=[NUMBER])).replace(str(NUMBER), "{}")


@cache
def _media_pattern(prefix: str) -> str:
    pattern = _escaped(reverse("media", args=[NUMBER, VERSION, VARIANT]))
    for part in (str(NUMBER), VERSION, VARIANT):
        pattern = pattern.replace(part, "{}")
    return pattern


def _escaped(address: str) -> str:
    return address.replace("{", "{{").replace("}", "}}")
