"""Stems of English words as Postgres's dictionary has them: the same for ever, so each is asked for once."""

from collections.abc import Sequence

from django.db import connection

# 100 bytes each; the words of a language that people use are fewer. When there are more, all are forgotten.
MOST_KNOWN = 50_000

_known: dict[str, str] = {}


def of(words: Sequence[str]) -> dict[str, str]:
    """The stems of those of `words`, in lower case, that have one: stop words have none. One statement at most."""
    stems = {word: _known.get(word) for word in words}
    unknown = [word for word, stem in stems.items() if stem is None]
    if unknown:
        asked = _ask(unknown)
        stems.update(asked)
        if len(_known) + len(asked) > MOST_KNOWN:
            _known.clear()
        _known.update(asked)
    return {word: stem for word, stem in stems.items() if stem}


def _ask(words: list[str]) -> dict[str, str]:
    """Empty for a word without one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT t, (ts_lexize('english_stem', t))[1] FROM unnest(%s::text[]) AS t", [words])
        return {word: stem or "" for word, stem in cursor.fetchall()}
