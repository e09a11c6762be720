"""How a hit stands in a grid. Functions, because sixty templates on every page took longer than its search."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from search.models import Meme
from search.retrieval import Hit, Results
from search.templatetags.memes import address, alt, clock, icon, media, tile_box

register = template.Library()

AT_ONCE = 8  # pictures that a browser should not wait with
NOTHING = SafeString()
DIVIDER = mark_safe(
    '<li class="divider"><span role="separator" aria-label="Weaker matches">Weaker matches</span></li>'
)  # no part of it comes from outside


@register.simple_tag(takes_context=True)
def tiles(context: Mapping[str, Any], results: Results, offset: int) -> SafeString:
    """All of a page that begins at `offset`, with the line before the weaker ones."""
    written = [tile(context, hit, number) for number, hit in enumerate(results.hits, offset + 1)]
    if results.divider is not None:
        written.insert(results.divider, DIVIDER)
    return format_html_join("", "{}", ((one,) for one in written))


@register.simple_tag(takes_context=True)
def tile(context: Mapping[str, Any], hit: Hit, number: int) -> SafeString:
    """`number` is its place on the whole wall, from 1 on."""
    meme = hit.meme
    why = _why(hit)
    return format_html(
        '<li class="tile{}" style="{}" data-id="{}">\n<a href="{}"{}>{}</a>\n{}\n{}{}</li>',
        "" if meme.derived_at else " is-waiting",
        tile_box(meme),
        meme.pk,
        meme.get_absolute_url(),
        format_html(' aria-describedby="why-{}"', meme.pk) if why else "",
        _picture(meme, number),
        _badges(meme),
        _copies(context, hit),
        why,
    )


def _picture(meme: Meme, number: int) -> SafeString:
    if not meme.derived_at:
        return format_html(
            '<span class="waiting">Not read yet</span><span class="visually-hidden">{}</span>', meme.title
        )
    return format_html(
        '<img src="{}" alt="{}" width="{}" height="{}" decoding="async"{}>',
        media(meme, "thumbnail"),
        alt(meme),
        meme.width,
        meme.height,
        mark_safe(' loading="lazy"') if number > AT_ONCE else "",  # a constant
    )


def _badges(meme: Meme) -> SafeString:
    is_still = meme.kind == Meme.Kind.IMAGE
    if is_still and not meme.private_to_id:
        return NOTHING
    private = NOTHING
    if meme.private_to_id:
        said = '<span class="badge" title="Only you see this">{}<span class="visually-hidden">Only you see this</span></span>'
        private = format_html(said, icon("lock"))
    plays = NOTHING
    if not is_still:
        plays = format_html(
            '<span class="badge" data-plays="{}" data-original="{}">{}{}</span>',
            meme.kind, media(meme, "original"), icon("play"), clock(meme.duration_ms),
        )  # fmt: skip
    return format_html('<span class="badges">{}{}</span>', private, plays)


def _copies(context: Mapping[str, Any], hit: Hit) -> SafeString:
    """How many more memes are the same picture, and the way to them: in these results, or among memes like this one."""
    if not hit.alike:
        return NOTHING
    if results := context.get("results"):
        href = address(context, alike=hit.meme.pk, key=results.key, offset=None)
    else:
        href = f"{reverse('home')}?q=like:{hit.meme.pk}&alike={hit.meme.pk}"
    return format_html(
        '<span class="copies"><a class="badge" href="{}">+{} alike'
        '<span class="visually-hidden">: show all of them</span></a></span>',
        href,
        hit.alike,
    )


# --- why it was found ----------------------------------------------------------------------------------------------


def _why(hit: Hit) -> SafeString:
    if hit.similarity is None and not hit.match and not hit.tastes:
        return NOTHING
    return format_html(
        '<div class="why" id="why-{}"><div class="why-said">\n{}\n<p class="why-measures">{}\n{}</p>\n</div></div>',
        hit.meme.pk,
        _words(hit),
        _similarity(hit),
        _tastes(hit),
    )


def _words(hit: Hit) -> SafeString:
    if hit.match is None:
        return NOTHING
    return format_html(
        '<p class="why-words"><span class="visually-hidden">{}: </span><bdi>{}</bdi></p>',
        "Called" if hit.match.source == "title" else "It says",
        hit.match.html,
    )


def _similarity(hit: Hit) -> SafeString:
    if hit.similarity is None:
        return NOTHING
    return format_html(
        '<span title="Similarity"><span class="visually-hidden">Similarity </span>'
        '<span class="why-bar" style="--share:{0}%" aria-hidden="true"></span>{0} %</span>',
        round(hit.similarity * 100),
    )


def _tastes(hit: Hit) -> SafeString:
    # Adding zero makes of -0.00 what people write.
    measured = ((name, "+" if value > 0 else "", f"{round(value, 2) + 0.0:.2f}") for name, value in hit.tastes.items())
    return format_html_join("", "<span>{} {}{}</span>", measured)
