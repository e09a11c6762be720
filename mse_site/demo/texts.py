"""The texts of one training step, each with the pictures that it is true of."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mse_site.demo.colours import COLOURS
from mse_site.demo.compositions import Batch
from mse_site.demo.scenes import PLACES
from mse_site.demo.vocabulary import Vocabulary, frame

Truth = NDArray[np.bool_]
COUNT_WORDS = ("one", "two", "three", "four")


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts and the table of which picture each is true of."""

    texts: list[str]
    truth: Truth  # (pictures, texts)


def find_atoms(batch: Batch, vocabulary: Vocabulary) -> Truth:
    """(pictures, atoms): what is in each picture."""
    atoms = np.zeros((len(batch.pixels), len(vocabulary.atoms)), bool)
    rows, columns = np.nonzero(batch.things >= 0)
    atoms[rows, batch.things[rows, columns]] = True
    for row, scenes in enumerate(batch.scenes):
        for kind, name in scenes:
            atoms[row, vocabulary.number(kind, name)] = True
        if batch.layouts[row]:
            atoms[row, vocabulary.number("layout", batch.layouts[row])] = True
    return atoms


def write_names(vocabulary: Vocabulary, things: Sequence[int], rng: random.Random) -> tuple[list[str], Truth]:
    """One name, as typed, for each of these things; and (all things, names) which other things each name also fits."""
    texts, also = [], np.zeros((len(vocabulary.things), len(things)), bool)
    for column, number in enumerate(things):
        names = vocabulary.names[number]
        name = names[0] if rng.random() < 0.5 else rng.choice(names)
        texts.append(frame(name, "name", rng))
        others = [atom for atom in vocabulary.words[name] if atom < len(vocabulary.things) and atom != number]
        also[others, column] = True
    return texts, also


def find_broader_words(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Colours, places, layouts, and every word that stands for several things."""
    things = len(vocabulary.things)
    return tuple(word for word, found in vocabulary.words.items() if len(found) > 1 or min(found) >= things)


def find_words(atoms: Truth, vocabulary: Vocabulary, words: Sequence[str]) -> Truth:
    """(pictures, words): the words that are true of each picture because it has any of what they stand for."""
    meaning = np.zeros((len(vocabulary.atoms), len(words)), np.float32)
    for column, word in enumerate(words):
        meaning[list(vocabulary.words[word]), column] = 1
    truth: Truth = atoms.astype(np.float32) @ meaning > 0
    return truth


def write_words_alone(words: Sequence[str], vocabulary: Vocabulary, rng: random.Random) -> list[str]:
    """Each word as somebody would type it alone."""
    kinds = (vocabulary.atoms[max(vocabulary.words[word])].split(":")[0] for word in words)
    return [frame(word, kind, rng) for word, kind in zip(words, kinds, strict=True)]


class Captioner:
    """Writes one caption for each picture, and knows which other pictures it also fits."""

    def __init__(self, vocabulary: Vocabulary, rng: random.Random) -> None:
        self.vocabulary = vocabulary
        self.rng = rng
        self.words_of: list[list[str]] = [[] for _ in vocabulary.atoms]
        for word, found in vocabulary.words.items():
            for atom in found:
                self.words_of[atom].append(word)

    def write(self, batch: Batch, atoms: Truth) -> Texts:
        """(pictures,) captions and their (pictures, captions) truth."""
        texts, columns = [], []
        for row, scenes in enumerate(batch.scenes):
            things = list(dict.fromkeys(int(thing) for thing in batch.things[row] if thing >= 0))
            text, words = self.caption(things, self.rng.choice(scenes))
            texts.append(text)
            fits = np.ones(len(atoms), bool)
            for word in words:
                fits &= atoms[:, sorted(self.vocabulary.words[word])].any(axis=1)
            columns.append(fits)
        truth = np.stack(columns, axis=1)
        np.fill_diagonal(truth, True)
        return Texts(texts, truth)

    def imagine(self, count: int) -> list[tuple[str, list[str]]]:
        """Captions of pictures that nobody drew, each with the words that it is made of."""
        scenes = [("colour", name) for name in COLOURS] + [("place", name) for name in PLACES]
        every = range(len(self.vocabulary.things))
        return [self.caption(self.rng.sample(every, 3), self.rng.choice(scenes)) for _ in range(count)]

    def caption(self, things: list[int], scene: tuple[str, str]) -> tuple[str, list[str]]:
        """A caption that names some of the things and perhaps the scene; and the words it uses for them."""
        rng = self.rng
        kept = rng.sample(things, min(len(things), rng.choices((1, 2, 3), (0.35, 0.5, 0.15))[0]))
        words = [self._word_for(thing) for thing in kept]
        article = rng.choice(("", "", "a "))
        text = rng.choice((" and ", " and ", " and ", " with ", ", ", " ")).join(f"{article}{word}" for word in words)
        if rng.random() < 0.45:
            kind, name = scene
            word = name if rng.random() < 0.6 else rng.choice(self.words_of[self.vocabulary.number(kind, name)])
            joints = (
                ("{} on a {} background", "{} on {}", "{1} {0}", "{} {}") if kind == "colour" else ("{} in {}", "{} {}")
            )
            text = rng.choice(joints).format(text, word)
            words.append(word)
        return rng.choice(("{}", "{}", "{}", "{} meme", "a picture of {}")).format(text), words

    def _word_for(self, thing: int) -> str:
        names = self.vocabulary.names[thing]
        drawn = self.rng.random()
        if drawn < 0.5:
            return names[0]
        return self.rng.choice(names if drawn < 0.82 else self.words_of[thing])


def write_relations(
    batch: Batch, vocabulary: Vocabulary, rng: random.Random, most: int
) -> tuple[list[int], list[str], list[str]]:
    """Pictures whose order or number of things can be told wrongly: their rows, the true texts and the false ones."""
    rows, true, false = [], [], []
    for row in rng.sample(range(len(batch.pixels)), len(batch.pixels)):
        things = [int(thing) for thing in batch.things[row] if thing >= 0]
        names = [rng.choice(vocabulary.names[thing]) for thing in dict.fromkeys(things)]
        if len(things) == 2 and len(names) == 2 and batch.layouts[row] != "comparison":
            shape = rng.choice(
                (
                    "{} left of {}",
                    "{} to the left of a {}",
                    "{1} right of {0}",
                    "a {} on the left and a {} on the right",
                )
            )
            true.append(shape.format(*names))
            false.append(shape.format(*reversed(names)))
        elif len(names) == 1 and len(things) <= len(COUNT_WORDS):
            wrong = rng.choice([count for count in range(len(COUNT_WORDS)) if count != len(things) - 1])
            true.append(f"{COUNT_WORDS[len(things) - 1]} {names[0]}")
            false.append(f"{COUNT_WORDS[wrong]} {names[0]}")
        else:
            continue
        rows.append(row)
        if len(rows) == most:
            break
    return rows, true, false
