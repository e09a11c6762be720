"""What a request asks for: the text of the box, what stands in front of it, and raw embeddings."""

from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from search import long_searches, store
from search.query import MAX_TERMS, BadQuery, PictureTerm, Query, VectorTerm, from_pairs, to_pairs, write_term
from search.query.lexer import Token, tokens
from search.query.parser import check_length, read

CHIPS = {"picture": "term", "vector": "e"}  # keys whose values say nothing to people, and their fields in the form


@dataclass(frozen=True)
class Chip:
    """A term that is shown rather than written; `field` and `value` carry it in the form, `without` is the rest."""

    field: str
    value: str
    label: str
    preview: str
    weight: str
    without: str


@dataclass(frozen=True)
class Asked:
    """A query as it was asked: `text` may be anything, and so may `embeddings`."""

    text: str = ""
    embeddings: tuple[str, ...] = ()
    is_gone: bool = False  # it was too long for its address, and is not kept any more
    may_keep: bool = True  # strangers write nothing

    def query(self) -> Query:
        """Raises BadQuery."""
        if self.is_gone:
            raise BadQuery("This search is not kept here any more: ask it again.", parameter="kept")
        return from_pairs(self.text, self.embeddings)

    @property
    def is_blank(self) -> bool:
        return not self.text.strip() and not self.embeddings and not self.is_gone

    @property
    def whole(self) -> str:
        """All of it as one text, as it is saved."""
        return " ".join(filter(None, [self.text.strip(), *map(_vector_text, self.embeddings)]))

    @cached_property
    def address(self) -> str:
        """What follows the question mark; empty when nothing is asked. What would be too long is kept, and its token given,
        if it can be read."""
        token = self._token() if self.is_long else ""
        return urlencode({"kept": token}) if token else self._whole_address

    def renew(self) -> None:
        """Where it is too long for an address, the link to it lasts as long again."""
        if self.is_long:
            self._token(renew=True)

    def _token(self, *, renew: bool = False) -> str:
        """Under which it is kept; empty when it cannot be."""
        if not self.may_keep:
            return long_searches.find(self.text, self.embeddings)
        try:
            self.query()
            return long_searches.keep(self.text, self.embeddings, renew=renew)
        except BadQuery:
            return ""
        except OSError as error:
            if error.errno not in store.FULL:
                raise
            return ""

    @property
    def is_long(self) -> bool:
        return len(self._whole_address) > long_searches.LONGEST_ADDRESS

    @cached_property
    def _whole_address(self) -> str:
        return urlencode(([("q", self.text)] if self.text.strip() else []) + [("e", one) for one in self.embeddings])

    @property
    def text_without_pictures(self) -> str:
        """What stands in the box."""
        return self._split[0]

    @property
    def chips(self) -> list[Chip]:
        return self._split[1]

    @cached_property
    def _split(self) -> tuple[str, list[Chip]]:
        try:
            check_length(self.text)
            found = [token for token in tokens(self.text) if token.key is not None and token.key.name in CHIPS]
            if len(found) + len(self.embeddings) > MAX_TERMS:
                return self.text, []
            left = self._without(found)
            chips = [self._chip(self.text[token.at : token.end], self._without([token])) for token in found]
            for place, one in enumerate(self.embeddings):
                others = (*self.embeddings[:place], *self.embeddings[place + 1 :])
                chips.append(self._chip(_vector_text(one), replace(self, embeddings=others)))
        except BadQuery:
            return self.text, []  # as it was typed, to be mended
        return left.text, chips

    def _without(self, taken: list[Token]) -> "Asked":
        text = self.text
        for token in reversed(taken):
            text = f"{text[: token.at].rstrip()} {text[token.end :].lstrip()}"
        return replace(self, text=text.strip() if taken else text)

    def _chip(self, written: str, without: "Asked") -> Chip:
        terms = read(written).terms
        if len(terms) != 1 or not isinstance(terms[0], PictureTerm | VectorTerm):
            raise BadQuery("This is not one picture or embedding.", parameter="e")
        term = terms[0]
        label, preview = _shown(term)
        address = without.address
        field, value = ("e", _embedding(written)) if isinstance(term, VectorTerm) else ("term", written)
        sign = "−" if term.weight < 0 else ""
        weight = "" if abs(term.weight) == 1 else f"{abs(term.weight):g}"
        rest = f"{reverse('home')}?{address}" if address else reverse("home")
        return Chip(field, value, label, preview, sign + weight, rest)


def read_asked(params: QueryDict, *, may_keep: bool = True) -> Asked:
    """From an address: `q`, any number of `e`, and in the form of the box `term`, what stands in front of it; or `kept`."""
    if "kept" in params:
        try:
            return Asked(*long_searches.read(params.get("kept", "")), may_keep=may_keep)
        except FileNotFoundError:
            return Asked(is_gone=True)
    in_front = [term.strip() for term in params.getlist("term") if term.strip()]
    text = params.get("q", "")
    whole = " ".join([*in_front, text.strip()]).strip() if in_front else text
    return Asked(whole, tuple(params.getlist("e")), may_keep=may_keep)


def asked_for(query: Query | None, *, may_keep: bool = True) -> Asked:
    """What asks for `query`; without one, nothing."""
    pairs = to_pairs(query) if query else []
    text = "".join(q for name, q in pairs if name == "q")
    return Asked(text, tuple(e for name, e in pairs if name == "e"), may_keep=may_keep)


def read_whole(text: str) -> Asked:
    """The other way round from `whole`: embeddings get back into their own parameter."""
    try:
        query = read(text)
        found = [token for token in tokens(text) if token.key is not None and token.key.name == "vector"]
    except BadQuery:
        return Asked(text)
    vectors = [term for term in query.terms if isinstance(term, VectorTerm)]
    return Asked(Asked(text)._without(found).text, tuple(_embedding(write_term(term)) for term in vectors))


def _shown(term: PictureTerm | VectorTerm) -> tuple[str, str]:
    """The label and the picture of a chip."""
    match term:
        case VectorTerm(halves):
            return f"Embedding of {len(halves) // 2} numbers", ""
        case PictureTerm(reference) if not term.is_address:
            return "Picture", reverse("picture-preview", args=[reference])
        case PictureTerm(reference):
            return reference, ""


def _vector_text(embedding: str) -> str:
    """An `e` as a term of a text: the sign goes in front."""
    vector, caret, weight = embedding.partition("^")
    if weight.startswith("-"):
        return f"-vector:{vector}^{weight[1:]}"
    return f"vector:{vector}{caret}{weight}"


def _embedding(written: str) -> str:
    """And back."""
    vector, caret, weight = written.removeprefix("-").partition(":")[2].partition("^")
    if written.startswith("-"):
        return f"{vector}^-{weight or '1'}"
    return f"{vector}{caret}{weight}"
