"""The forms that the value of a key may have: read from text, written back, and described to people."""

import base64
import binascii
import math
import re
import struct
from dataclasses import dataclass
from typing import Any, Protocol

from search.query.tree import Sort

MOST_DIMS = 4096
ORDERS = ("new", "old", "random", "size", "score")


class Form(Protocol):
    """`read` raises ValueError for what it does not take; what `write` makes of a value is read as that value again."""

    @property
    def takes(self) -> str:
        """Ends the sentence "The key takes ..."."""

    @property
    def options(self) -> tuple[str, ...]:
        """Every value there is, when they can be counted."""

    def read(self, text: str) -> Any: ...

    def write(self, value: Any) -> str: ...


@dataclass(frozen=True)
class Name:
    """Any text but an empty one."""

    takes: str
    options: tuple[str, ...] = ()

    def read(self, text: str) -> str:
        if not text.strip():
            raise ValueError(text)
        return text.strip()

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]

    @property
    def takes(self) -> str:
        return " or ".join(filter(None, [", ".join(self.options[:-1]), self.options[-1]]))

    def read(self, text: str) -> str:
        if text.lower() not in self.options:
            raise ValueError(text)
        return text.lower()

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class MemeNumber:
    takes: str = "the number of a meme, such as 1234"
    options: tuple[str, ...] = ()

    def read(self, text: str) -> int:
        if not re.fullmatch("[0-9]{1,18}", text):
            raise ValueError(text)
        return int(text)

    def write(self, value: int) -> str:
        return str(value)


@dataclass(frozen=True)
class Reference:
    takes: str = "the token of a picture that was handed over or, where the site fetches them, an http(s) address"
    options: tuple[str, ...] = ()

    def read(self, text: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_-]{16,64}|https?://[^\s]{1,1500}", text):
            raise ValueError(text)
        return text

    def write(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class Embedding:
    """Little-endian 16-bit floats in URL-safe base64, with or without its padding."""

    takes: str = "an embedding: 16-bit floats in URL-safe base64, finite and not all zero"
    options: tuple[str, ...] = ()

    def read(self, text: str) -> bytes:
        if not re.fullmatch("[A-Za-z0-9_-]+={0,2}", text):
            raise ValueError(text)
        bare = text.rstrip("=")
        try:
            halves = base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
        except binascii.Error as error:
            raise ValueError(text) from error
        if len(halves) % 2 or not 1 <= len(halves) // 2 <= MOST_DIMS:
            raise ValueError("not a list of 16-bit floats")
        numbers = struct.unpack(f"<{len(halves) // 2}e", halves)
        if not all(map(math.isfinite, numbers)) or not any(numbers):
            raise ValueError("it points nowhere")
        return halves

    def write(self, value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")


@dataclass(frozen=True)
class Order:
    """`random-7` is a random order that stays the same, `taste:useful` one by a kind of term that was joined."""

    joined: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        return (*ORDERS, *self.joined)

    @property
    def takes(self) -> str:
        named = "".join(f", {key} (or {key}:… for a certain one)" for key in self.joined)
        return f"new, old, random (or random-7 for an order that stays), size{named} or score"

    def read(self, text: str) -> Sort:
        key, colon, name = text.partition(":")
        if key.lower() in self.joined and bool(colon) == bool(name.strip()):
            return Sort(key.lower(), name=name.strip())
        by, dash, seed = text.lower().partition("-")
        if by not in ORDERS or (dash and (by != "random" or not re.fullmatch("[0-9]{1,9}", seed))):
            raise ValueError(text)
        return Sort(by, int(seed) if dash else None)

    def write(self, value: Sort) -> str:
        if value.name:
            return f"{value.by}:{value.name}"
        return value.by if value.seed is None else f"{value.by}-{value.seed}"
