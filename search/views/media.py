"""The bytes of memes: thumbnails, previews, frames and originals, for those who may see them."""

import re
from io import SEEK_END
from typing import IO

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from search import library, ranges, store
from search.media import FORMATS
from search.media.formats import WEBP
from search.models import Meme
from search.views.access import kept_meme_for

FOREVER = "private, max-age=31536000, immutable"  # the address holds a part of the content's hash
# Should a decoder or browser ever take one of these for a document, it can do nothing.
INERT = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
_FRAME = re.compile(r"frame-(\d{1,5})")


@require_safe
def media(request: HttpRequest, pk: int, version: str, variant: str) -> HttpResponseBase:
    meme = kept_meme_for(request, pk)
    if version != meme.sha256[:8] or not _exists(meme, variant):
        raise Http404
    etag = f'"{meme.sha256[:32]}-{variant}"'
    unchanged = get_conditional_response(request, etag=etag)
    response = unchanged or _send(request, meme, variant, etag)
    if response.status_code < 300 or response.status_code == 304:
        response["ETag"] = etag
        response["Cache-Control"] = FOREVER
    response["Content-Security-Policy"] = INERT
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _exists(meme: Meme, variant: str) -> bool:
    frame = _FRAME.fullmatch(variant)
    if frame:
        return meme.derived_at is not None and meme.kind != Meme.Kind.IMAGE and int(frame[1]) < meme.frame_count
    known = {"original": True, "thumbnail": meme.derived_at is not None, "preview": meme.has_preview}
    return known.get(variant, False)


def _send(request: HttpRequest, meme: Meme, variant: str, etag: str) -> HttpResponseBase:
    try:
        file = _open(meme, variant)
    except (library.OriginalGone, FileNotFoundError) as error:
        reason = str(error) if isinstance(error, library.OriginalGone) else "The media store has lost this file."
        return render(request, "404.html", {"reason": reason}, status=404)
    wanted_header = request.headers.get("Range", "") if request.headers.get("If-Range", etag) == etag else ""
    size_bytes = file.seek(0, SEEK_END)
    file.seek(0)
    try:
        wanted = ranges.parse(wanted_header, size_bytes)
    except ranges.Unsatisfiable:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size_bytes}"})
    response = FileResponse(
        file if wanted is None else ranges.Part(file, wanted),
        content_type=FORMATS[meme.format].mime if variant == "original" else WEBP.mime,
        filename=filename(meme, variant),
        as_attachment="download" in request.GET,
    )
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = size_bytes if wanted is None else wanted.length
    if wanted is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {wanted.first}-{wanted.last}/{size_bytes}"
    return response


def _open(meme: Meme, variant: str) -> IO[bytes]:
    if variant == "original":
        return library.open_original(meme)
    keys = {"thumbnail": store.thumbnail_key, "preview": store.preview_key}
    if variant in keys:
        return store.get(keys[variant](meme.sha256))
    return store.get(store.frame_key(meme.sha256, int(variant.removeprefix("frame-"))))


def filename(meme: Meme, variant: str) -> str:
    """A name to save it under; control characters and slashes must not reach the header or the disk."""
    title = "".join(c for c in meme.title if c.isprintable() and c not in '\\/:*?"<>|').strip(" .")[:100]
    stem = title or f"meme-{meme.pk}"
    if variant == "original":
        return stem + FORMATS[meme.format].extension
    return f"{stem}-{variant}{WEBP.extension}"
