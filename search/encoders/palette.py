"""The English names of looks: which colours a pixel can have, and which words ask for which look.

Colours are the eleven basic terms of Berlin and Kay (1969) and turquoise, each pinned down by some of the named
colours of CSS Color 4 and a few in-betweens.
"""

from __future__ import annotations

# sRGB examples of every colour; a pixel belongs to the names of the examples nearest to it.
SWATCHES: dict[str, tuple[str, ...]] = {
    "black": ("000000", "141414", "1c1c20"),
    "grey": ("808080", "5a5a5a", "3c3c3c", "a9a9a9", "c4c4c4", "708090"),
    "white": ("ffffff", "f0f0f0", "fffaf0", "e4e4e4"),
    "red": ("ff0000", "dc143c", "b22222", "8b0000", "cd3333", "600000", "e04040"),
    "orange": ("ff8c00", "ffa500", "ff6a00", "e07b20", "ffb560"),
    "yellow": ("ffff00", "ffd700", "f0e040", "fff380", "d4b800", "ffeeaa"),
    "green": ("008000", "00ff00", "32cd32", "006400", "2e8b57", "6b8e23", "90ee90", "9acd32", "003300", "556b2f"),
    "turquoise": ("40e0d0", "00ffff", "008b8b", "20b2aa", "7fffd4", "00ced1"),
    "blue": ("0000ff", "000080", "4169e1", "1e90ff", "87ceeb", "4682b4", "191970", "add8e6", "000040", "2a52be"),
    "purple": ("800080", "9932cc", "8a2be2", "9370db", "4b0082", "663399", "ba55d3", "c8a2c8"),
    "pink": ("ff69b4", "ffc0cb", "ff1493", "db7093", "ff00ff", "f4a6c0"),
    "brown": ("8b4513", "a0522d", "654321", "d2b48c", "5c4033", "c19a6b", "3b2414"),
}

COLOURS = tuple(SWATCHES)
MOODS = ("dark", "bright", "colourful", "monochrome")
SHAPES = ("wide", "tall", "square")
LOOKS = COLOURS + MOODS + SHAPES

_WORDS: dict[str, str] = {
    "black": "black ebony noir",
    "grey": "grey gray greyish grayish silver slate charcoal",
    "white": "white whitish ivory",
    "red": "red reddish crimson scarlet ruby maroon burgundy vermilion",
    "orange": "orange amber tangerine",
    "yellow": "yellow yellowish gold golden mustard",
    "green": "green greenish emerald lime olive mint khaki jade",
    "turquoise": "turquoise teal cyan aqua aquamarine",
    "blue": "blue bluish navy azure cobalt sapphire ultramarine cerulean indigo",
    "purple": "purple purplish violet lilac lavender mauve plum",
    "pink": "pink pinkish magenta fuchsia",
    "brown": "brown brownish tan beige sepia chestnut mahogany",
    "dark": "dark darker darkness dim gloomy",
    "bright": "bright brighter light pale luminous",
    "colourful": "colourful colorful multicoloured multicolored multicolour multicolor rainbow vivid vibrant",
    "monochrome": "monochrome monochromatic greyscale grayscale colourless colorless",
    "wide": "wide landscape horizontal widescreen panorama panoramic",
    "tall": "tall portrait vertical upright",
    "square": "square",
}

# A word or words of a folded query, to the look it asks for.
SYNONYMS: dict[tuple[str, ...], str] = {(word,): look for look, words in _WORDS.items() for word in words.split()}
SYNONYMS |= {
    ("black", "and", "white"): "monochrome",
    ("black", "white"): "monochrome",
    ("b", "w"): "monochrome",
    ("grey", "scale"): "monochrome",
    ("gray", "scale"): "monochrome",
    ("multi", "coloured"): "colourful",
    ("multi", "colored"): "colourful",
}
_LONGEST = max(len(words) for words in SYNONYMS)


def find_looks(tokens: list[str]) -> list[str]:
    """Return the looks that the words of a folded text ask for, in order, the longest phrase first."""
    found: list[str] = []
    start = 0
    while start < len(tokens):
        for length in range(_LONGEST, 0, -1):
            look = SYNONYMS.get(tuple(tokens[start : start + length]))
            if look is not None:
                found.append(look)
                start += length
                break
        else:
            start += 1
    return found
