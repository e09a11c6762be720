"""Whether two pictures say the same, as far as reading them can tell: one template with two captions is two memes."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

# Shapes that readers of pictures take for one another. Of words alone: a number that differs is another number.
CONFUSED = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "8": "b", "!": "l"})
JOINED = (("rn", "m"), ("vv", "w"), ("cl", "d"))
# One wrong letter in so many, of words that are long enough for one letter not to make another word.
LETTERS_FOR_ONE = 4
SHORTEST_FORGIVEN = 5
# Of all letters: a bad copy may have lost a small line, such as a watermark, that a good one has.
MOST_LEFT_OUT = 0.15
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d+\D{0,2}")


def agree(text: str, other: str) -> bool:
    """Whether two readings may be of the same words. Two empty ones agree; a reading of nothing agrees with no words at all.

    Letters that look alike may be confused, words may be broken or joined, a few may be missing from one of the two; but no
    word of one may stand where the other has another, and no number may differ.
    """
    left, right = words(text), words(other)
    if left == right:
        return True
    if not left or not right:
        return False
    if numbers(left) != numbers(right):
        return False
    rest, others = _unmatched(left, right)
    if not rest or not others:
        return _letters(rest + others) <= MOST_LEFT_OUT * max(_letters(left), _letters(right))
    return _is_near("".join(rest), "".join(others))  # the same letters, broken into other words


def words(text: str) -> list[str]:
    """The words in order, compatibility forms and case made plain."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def numbers(found: Sequence[str]) -> Counter[str]:
    """Numbers, with a unit if one is there: 3am and 4am are two times of day, while g00d and 1ike are badly read words."""
    return Counter(word for word in found if _NUMBER.fullmatch(word))


def _unmatched(left: Sequence[str], right: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words of each that the other lacks, in order."""
    plain = [[_plain(word) for word in side] for side in (left, right)]
    shared = Counter(plain[0]) & Counter(plain[1])
    rest, others = (_without(side, shared) for side in plain)
    for word in list(rest):
        near = next((candidate for candidate in others if _is_near(word, candidate)), None)
        if near is not None:
            rest.remove(word)
            others.remove(near)
    return rest, others


def _without(side: Sequence[str], shared: Counter[str]) -> list[str]:
    left, kept = Counter(shared), []
    for word in side:
        if left[word]:
            left[word] -= 1
        else:
            kept.append(word)
    return kept


def _plain(word: str) -> str:
    folded = word if word.isdigit() else word.translate(CONFUSED)
    for pair, one in JOINED:
        folded = folded.replace(pair, one)
    return folded


def _is_near(word: str, other: str) -> bool:
    if word == other:
        return True
    shorter = min(len(word), len(other))
    if shorter < SHORTEST_FORGIVEN:
        return False
    return edits(word, other, most=shorter // LETTERS_FOR_ONE) <= shorter // LETTERS_FOR_ONE


def edits(word: str, other: str, *, most: int) -> int:
    """Levenshtein's distance, or `most` + 1 as soon as it is known to be larger."""
    if abs(len(word) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for place, letter in enumerate(word, 1):
        above, row[0] = row[0], place
        for column, candidate in enumerate(other, 1):
            above, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, above + (letter != candidate))
        if min(row) > most:
            return most + 1
    return row[-1]


def _letters(found: Sequence[str]) -> int:
    return sum(map(len, found))
