"""docs/search.md, made from the table the parser reads by: `python manage.py document_search` writes it."""

from collections.abc import Iterable
from dataclasses import replace

from search.query.keys import Key, Role, every_key, filter_of, is_joined
from search.query.lexer import tokens
from search.query.parser import MAX_FILTERS, MAX_LENGTH, MAX_TERMS
from search.query.terms import LARGEST_WEIGHT

HEAD = f"""# Searching

<!-- Made by `python manage.py document_search` from the table the parser reads by. -->

The box, the address, the API and `manage.py search` understand the same language. A query has *terms*, which say what to
look for, *filters*, which leave out what does not fit, and an *order*. All of it can be left out: an empty query shows
the newest memes, and filters alone show the newest that fit.

```
cats in space -dogs "exact words" grumpy^1.5 type:video before:2026-01 sort:new
```

## Terms

Every term becomes a direction; the directions, each times its weight, are added up, and what lies closest comes first.

| write | to find |
|---|---|
| `cats in space` | what shows, says or looks like it: words in a row are one term |
| `-dogs` | what is far from dogs |
| `grumpy^1.5` | grumpy, counted one and a half times; weights go from 0 to {LARGEST_WEIGHT:g} |
| `-dogs^0.5` | away from dogs, but only half as much |
| `"exact words"` | only where these words stand in the picture or its title; their meaning counts too |
| `"exact words"^0` | only where they stand, whatever they mean |
| `-"exact words"` | only where they do not stand |
"""
FILTERS = """
## Filters

A result fits all of them. Several values with commas between them mean any of these: `type:video,animation`. A minus sign
in front turns a filter around where the last column says so.

| key | finds memes | example | takes | `-` |
|---|---|---|---|---|
"""
ORDER = """
## Order

The closest come first, and among them what says all words of the query; without terms the newest do. Behind a line follow
the weaker matches: as many as chance alone would have brought up. Another order is that of the results above the line.
Copies of one picture are one result, which opens all of them.

| key | is | example | takes |
|---|---|---|---|
"""
TAIL = f"""
## Values with spaces, and letters that mean something

- Put a value with spaces or commas in quotation marks: `in:"my best"`, `by:"Doe, J"`. A quotation mark inside is written
  `\\"`, a backslash `\\\\`.
- Keys and names may be written in capitals or not.
- Words are found in their other forms and by their beginnings. Codes of letters and digits and words that are written without
  spaces are found inside of others too, also in quotation marks: `"RE16"` finds `XRE16TGK`.
- What only looks like a key is text: `http://example.org`, `12:30`, `re:zero`. A key that is nearly one of these is
  refused, because it would silently not filter: `sourc:reddit`.
- To look for letters that mean something here, use `about:`, as in `about:"type:video"`.
- `picture:https://example.org/cat.png` searches with the picture at an address. Who is signed in can ask for that; the site
  gets it once an hour at most, from the public web alone.
- Dates are those of the site's time zone. `after:2026 before:2027` is the year 2026.
- A query has at most {MAX_LENGTH} characters, {MAX_TERMS} terms and {MAX_FILTERS} filters, and something to look for if it has
  terms at all: `-dogs` alone is refused.

## In an address

`?q=` is the query as it is typed. `?e=` is a raw embedding in the space of the active encoder: little-endian 16-bit floats in
URL-safe base64, with `^` and a weight when that is not 1; it can be repeated.

An address has room for about 7,500 characters: three embeddings of 768 numbers, or a query of 800 Chinese ones. What is
longer can be asked by who is signed in: the box sends it, and the search goes on under an address with its token, `?kept=`,
for thirty days. The API takes the same parameters by POST.
"""


# For kinds of term that other apps join.
SHARES = (
    "that it says more (with `<` less) of than of this share of the whole library; memes it says nothing of fit neither"
)
NAMED_ORDER = """
`{example}` puts first what `{name}:` says most of. Without a name, `sort:{name}`, it is the one offered first (of tastes, your
own on the first axis, or else everybody's). `{name}:>=80%` means the same one.
"""


def document() -> str:
    """The whole page, registered kinds of term included."""
    keys = list(every_key())
    terms = "".join(
        f"| `{key.example}` | {key.help} |\n" for key in keys if key.role is Role.TERM
    )  # rows of the table that HEAD began
    joined = [key for key in keys if is_joined(key)]
    shares = [replace(filter_of(key), help=SHARES, example=f"{key.name}:{_name(key)}>=80%") for key in joined]
    filters = "".join(_row(key, "yes" if key.is_negatable else "") for key in (*_of(keys, Role.FILTER), *shares))
    orders = "".join(_row(key) for key in _of(keys, Role.SORT))
    named = "".join(f"{NAMED_ORDER.format(name=key.name, example=f'sort:{key.name}:{_name(key)}')}" for key in joined)
    return HEAD + terms + FILTERS + filters + ORDER + orders + named + TAIL


def _name(key: Key) -> str:
    """What is named in the example of a joined kind."""
    return next(tokens(key.example)).pieces[0].text


def _of(keys: Iterable[Key], role: Role) -> list[Key]:
    return [key for key in keys if key.role is role]


def _row(key: Key, *more: str) -> str:
    names = ", ".join(f"`{name}:`" for name in (key.name, *key.aliases))
    return "| " + " | ".join([names, key.help, f"`{key.example}`", key.form.takes, *more]) + " |\n"
