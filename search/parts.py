"""What a client asks for of each result, `fields=score,meme.id`: nothing else is looked up or written."""

from dataclasses import dataclass

from search.hits import ALL, Detail

OF_HIT = ("meme", "score", "match", "tastes", "alike", "position")
# What each part of a meme is made of, beside its number.
OF_MEME: dict[str, tuple[str, ...]] = {
    "id": (), "url": (), "page": (), "title": ("title",), "kind": ("kind",), "format": ("format",),
    "width": ("width",), "height": ("height",), "duration_ms": ("duration_ms",), "size_bytes": ("size_bytes",),
    "sha256": ("sha256",), "color": ("color",), "text": ("text",), "is_nsfw": ("is_nsfw",), "is_private": ("private_to",),
    "added_by": ("added_by",), "created_at": ("created_at",), "derived_at": ("derived_at",),
    "text_read_at": ("text_read_at",), "thumbnail": ("sha256", "derived_at"), "preview": ("sha256", "has_preview"),
    "original": ("sha256", "remote_url"), "remote_url": ("remote_url",),
}  # fmt: skip


@dataclass(frozen=True)
class Parts:
    """In the order in which they are written; None: all."""

    of_hit: tuple[str, ...] = OF_HIT
    of_meme: tuple[str, ...] | None = None

    def detail(self) -> Detail:
        """What has to be looked up for them."""
        if self == Parts():
            return ALL
        columns = {column for name in self.of_meme or () for column in OF_MEME[name]}
        if "match" in self.of_hit:
            columns |= {"title", "text"}
        has_all = "meme" in self.of_hit and self.of_meme is None
        return Detail(None if has_all else tuple(columns), "match" in self.of_hit, "tastes" in self.of_hit)


def read(text: str) -> Parts:
    """Names with commas between them; `meme` is all of it. Nothing means everything. Raises ValueError for another name."""
    names = {name.strip() for name in text.split(",") if name.strip()}
    known = {*OF_HIT, *(f"meme.{name}" for name in OF_MEME)}
    if names - known:
        raise ValueError(f"There is no “{min(names - known)[:40]}” in a result.")
    if not names:
        return Parts()
    of_meme = tuple(name for name in OF_MEME if f"meme.{name}" in names)
    of_hit = tuple(name for name in OF_HIT if name in names or (name == "meme" and of_meme))
    return Parts(of_hit, None if "meme" in names else of_meme)
