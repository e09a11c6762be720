"""The terms of a query: what it looks for and what it avoids, each with a weight."""

import math
import struct
from dataclasses import dataclass, field
from typing import ClassVar

LARGEST_WEIGHT = 100.0  # beyond it, every other term is rounding noise


@dataclass(frozen=True)
class TextTerm:
    """What a picture shows, says or looks like, in words."""

    key: ClassVar[str] = "about"
    text: str
    weight: float = 1.0
    at: int = field(default=0, compare=False, repr=False, kw_only=True)  # its first character in what was typed


@dataclass(frozen=True)
class ExactTerm:
    """Words that must occur in the picture or its title, and whose meaning counts as a text's does.

    A weight of 0 leaves the meaning out; a negative one says that the words must not occur.
    """

    key: ClassVar[str] = ""  # written in quotes alone
    text: str
    weight: float = 1.0
    at: int = field(default=0, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class LikeTerm:
    """A meme whose looks or meaning is wanted."""

    key: ClassVar[str] = "like"
    meme_id: int
    weight: float = 1.0
    at: int = field(default=0, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class PictureTerm:
    """A picture that is no meme: the token under which it was handed over, or its http(s) address."""

    key: ClassVar[str] = "picture"
    reference: str
    weight: float = 1.0
    at: int = field(default=0, compare=False, repr=False, kw_only=True)

    @property
    def is_address(self) -> bool:
        return "://" in self.reference


@dataclass(frozen=True)
class AverageTerm:
    """The mean of all memes of a collection."""

    key: ClassVar[str] = "average"
    collection: str
    weight: float = 1.0
    at: int = field(default=0, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class VectorTerm:
    """A raw embedding: `halves` are its numbers as little-endian 16-bit floats, finite and not all zero."""

    key: ClassVar[str] = "vector"
    halves: bytes
    weight: float = 1.0
    at: int = field(default=0, compare=False, repr=False, kw_only=True)

    def numbers(self) -> tuple[float, ...]:
        return struct.unpack(f"<{len(self.halves) // 2}e", self.halves)


@dataclass(frozen=True)
class KindTerm:
    """A term of a kind that was registered from elsewhere: a taste, a concept."""

    key: str
    value: str
    weight: float = 1.0
    at: int = field(default=0, compare=False, repr=False, kw_only=True)


Term = TextTerm | ExactTerm | LikeTerm | PictureTerm | AverageTerm | VectorTerm | KindTerm


def make(key: str, value: object, weight: float, at: int) -> Term:
    """The term that `key` and the value its form has read stand for."""
    match key, value:
        case "about", str(text):
            return TextTerm(text, weight, at=at)
        case "like", int(meme_id):
            return LikeTerm(meme_id, weight, at=at)
        case "picture", str(reference):
            return PictureTerm(reference, weight, at=at)
        case "average", str(collection):
            return AverageTerm(collection, weight, at=at)
        case "vector", bytes(halves):
            return VectorTerm(halves, weight, at=at)
    return KindTerm(key, str(value), weight, at=at)


def value_of(term: Term) -> str | int | bytes:
    match term:
        case TextTerm(text) | ExactTerm(text):
            return text
        case LikeTerm(meme_id):
            return meme_id
        case PictureTerm(reference):
            return reference
        case AverageTerm(collection):
            return collection
        case VectorTerm(halves):
            return halves
        case KindTerm(_, value):
            return value


def is_direction(term: Term) -> bool:
    """Whether the term has a part in the sum of vectors."""
    return term.weight > 0 if isinstance(term, ExactTerm) else term.weight != 0


def is_weight(weight: float) -> bool:
    return math.isfinite(weight) and abs(weight) <= LARGEST_WEIGHT
