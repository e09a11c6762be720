"""What is refused: the caps on untrusted media, and the exception that says why a file was turned away."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import UnidentifiedImageError


class BadMedia(Exception):
    """A file that is not taken in. `code` is stable, for programs; `reason` is a sentence for the person."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class Limits:
    """Caps on one file. Memory and time stay bounded by these whatever the file claims."""

    # A 108-megapixel phone photo (12,032 x 9,024) passes; as RGBA that is 430 MB in Pillow, so 128 MP stay below 1 GB.
    pixels: int = 128_000_000
    # 8K video has 33 MP. Decoders of clips, WebP and AVIF keep several canvases: WebP took 16 bytes a pixel.
    frame_pixels: int = 48_000_000
    # The longest side a JPEG can have. Browsers give up earlier.
    side_px: int = 65_535
    size_bytes: int = 512 * 1024 * 1024
    # Of videos. A slow animation costs no more than its frames.
    duration_s: float = 600
    # Of clips: how much is decoded at most to choose frames from, four seconds at Pillow's 100 million pixels a second.
    frames: int = 1_000
    decoded_pixels: int = 400_000_000

    def check_file(self, size_bytes: int) -> None:
        if size_bytes == 0:
            raise BadMedia("empty", "The file is empty.")
        if size_bytes > self.size_bytes:
            raise BadMedia(
                "too-large",
                f"The file has {size_bytes / 1e6:,.0f} MB; at most {self.size_bytes / 1e6:,.0f} MB are taken.",
            )

    def check_picture(self, width: int, height: int, *, is_layered: bool) -> None:
        """`is_layered`: its decoder keeps more than one canvas (clips, WebP, AVIF), so the lower cap holds."""
        pixels = min(self.frame_pixels, self.pixels) if is_layered else self.pixels
        if width < 1 or height < 1:
            raise BadMedia("damaged", "The file says that the picture has no size.")
        if width * height > pixels or max(width, height) > self.side_px:
            raise BadMedia(
                "too-many-pixels",
                f"The picture would be {width:,} x {height:,} pixels when decoded; "
                f"at most {pixels / 1e6:,.0f} million and {self.side_px:,} on a side are taken.",
            )

    def check_duration(self, duration_s: float) -> None:
        if duration_s > self.duration_s:
            raise BadMedia(
                "too-long", f"The clip lasts {duration_s:,.0f} seconds; at most {self.duration_s:,.0f} are taken."
            )

    def frames_looked_at(self, frames: int, width: int, height: int, *, pace: int = 1) -> int:
        """How many of `frames` may be decoded, at least one, by a decoder `pace` times as fast as Pillow."""
        return max(1, min(frames, self.frames, pace * self.decoded_pixels // (width * height)))


_INTERRUPTIONS: list[type[BaseException]] = []


def let_through(interruption: type[BaseException]) -> None:
    """Exceptions of this kind come from outside, such as the end of a task's time, and say nothing about the file."""
    if interruption not in _INTERRUPTIONS:
        _INTERRUPTIONS.append(interruption)


@contextmanager
def decoding(name: str) -> Iterator[None]:
    """Whatever a decoder throws at rubbish becomes BadMedia. A fault of the disk stays: the file may be fine."""
    try:
        yield
    except BadMedia:
        raise
    except MemoryError as error:
        raise BadMedia("too-large", f"Decoding this {name} needs more memory than there is.") from error
    except Exception as error:  # decoders answer rubbish with every exception there is
        if isinstance(error, tuple(_INTERRUPTIONS)):
            raise
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> BadMedia:
    # Pillow's text for this names an object in memory.
    is_unidentified = isinstance(error, UnidentifiedImageError)
    detail = "its header makes no sense" if is_unidentified else " ".join(str(error).split())[:120]
    if "truncated" in detail.lower():
        return truncated(name)
    return BadMedia("damaged", f"The {name} is damaged and cannot be decoded ({detail or type(error).__name__}).")


def truncated(name: str) -> BadMedia:
    return BadMedia("truncated", f"The {name} is cut off: a part of the file is missing.")
