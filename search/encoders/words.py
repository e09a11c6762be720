"""Words as vectors: every word and every piece of a word votes with signs drawn from a stable hash.

A random projection in the manner of signed feature hashing (Weinberger et al. 2009, arXiv:0902.2206), except that a
feature touches every dimension (Achlioptas 2003), so that two features never collide outright: unrelated words meet
in a dot product of about 0 +- 1/sqrt(WORD_DIMS).
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections import Counter
from functools import lru_cache

import numpy as np

from search.encoders.base import Vectors

# 384 signs are 48 bytes of one BLAKE2 digest. Looking 2 words up among 8,000 sentences put the right one among the
# first ten in .99 of queries with 384 dimensions as with 896; with one typo in .90 against .92.
WORD_DIMS = 384

# The share of a word's energy in the word as a whole; the rest is in its 2- and 3-letter pieces. In the same trial
# .5 without 2-letter pieces found .85 of the queries with one typo, .4 with them .90; of exact words both found .99.
WHOLE_WORD_SHARE = 0.4
PIECE_LENGTHS = (2, 3)

# A wall of text is known by its beginning; bounds the time one hostile picture or query can take.
MAX_CHARACTERS = 20_000
MAX_WORD_LENGTH = 64

STOP_WORD_WEIGHT = 0.2
_COMMONEST = """
    a about all am an and are as at be because been but by can could did do does don for from get got had has have he
    her here him his how i if im in into is it its just like ll me more my no not now of on one or our out re s she so
    some than that the their them then there they this to too t up us ve was we were what when where which who why will
    with would you your"""
_STOP_WORDS = frozenset(_COMMONEST.split())

# Scripts written without spaces: Thai to Myanmar, Khmer, kana, Han with its extensions.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_TOKEN = re.compile(rf"(?P<unspaced>[{_UNSPACED}]+)|(?P<word>(?:(?![{_UNSPACED}])[^\W_])+)|(?P<sign>[^\w\s])")
# Only these marks are accents; kana and Indic marks of the same Unicode category change the letter.
_ACCENTS = re.compile("[\u0300-\u036f]")
_UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})


def fold(text: str) -> str:
    """Return ``text`` in lower case, compatibility forms made plain and accents dropped: ``Ｃafé`` is ``cafe``."""
    text = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).casefold()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", bare).translate(_UNDECOMPOSED)


def tokenize(folded: str) -> list[str]:
    """Return the words of a folded text: spaced words, 1 and 2 characters of unspaced scripts, single emoji."""
    tokens: list[str] = []
    for match in _TOKEN.finditer(folded):
        token = match.group()
        if match.lastgroup == "unspaced":
            tokens += [*token, *(token[i : i + 2] for i in range(len(token) - 1))]
        elif match.lastgroup == "word":
            tokens.append(token[:MAX_WORD_LENGTH])
        elif unicodedata.category(token).startswith("S"):
            tokens.append(token)
    return tokens


def weigh(token: str) -> float:
    """Return how much a word says, 0 to 1: little for the commonest words and for stray letters."""
    if token in _STOP_WORDS:
        return STOP_WORD_WEIGHT
    if len(token) == 1 and token.isascii():
        return 0.3
    if len(token) == 2 and token.isascii():
        return 0.6
    return 1.0


def embed_words(tokens: list[str]) -> tuple[Vectors, float]:
    """Return the direction of a bag of words and how much was said.

    The first is float32 ``(WORD_DIMS,)`` of length one, or zeros when nothing was said. A word said n times counts
    1 + ln n. The second is the sum of the weights, 0 for no words and 1 for one telling word.
    """
    counts = Counter(tokens)
    total = np.zeros(WORD_DIMS, dtype=np.float32)
    for token, count in counts.items():
        total += np.float32(weigh(token) * (1 + math.log(count))) * _word(token)
    length = float(np.linalg.norm(total))
    # Rounding leaves a cancelled sum near 1e-7, a direction of noise; a single stray letter has 0.3.
    if length < 1e-3:
        return np.zeros(WORD_DIMS, dtype=np.float32), 0.0
    return total / np.float32(length), sum(weigh(token) for token in counts)


@lru_cache(maxsize=8192)
def _word(token: str) -> Vectors:
    padded = f"^{token}$"
    pieces = [padded[i : i + n] for n in PIECE_LENGTHS for i in range(len(padded) - n + 1)]
    vector = np.float32(math.sqrt(WHOLE_WORD_SHARE)) * _signs("word " + token)
    share = np.float32(math.sqrt((1 - WHOLE_WORD_SHARE) / len(pieces)))
    for piece in pieces:
        vector = vector + share * _signs("piece " + piece)
    vector = vector / np.linalg.norm(vector)
    vector.setflags(write=False)
    return vector


def _signs(feature: str) -> Vectors:
    # surrogatepass: a file name or a query may carry lone surrogates.
    digest = hashlib.blake2b(feature.encode("utf-8", "surrogatepass"), digest_size=WORD_DIMS // 8).digest()
    return np.unpackbits(np.frombuffer(digest, dtype=np.uint8)).astype(np.float32) * 2 - 1
