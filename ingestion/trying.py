"""What a source would give: its first finds, looked at and not kept."""

import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from ingestion import crawling, dumps
from ingestion.crawlers.base import Found, FoundFile, SourceGone
from ingestion.fetch import FetchError, Turns
from ingestion.gathering import fetch
from ingestion.kinds import CRAWLERS
from ingestion.web import Web
from search import pictures
from search.locators import decode_path, readable
from search.media import BadMedia
from search.models import Source

log = logging.getLogger(__name__)

SHOWN = 6
LOOKED_AT = 500  # files of a folder, which may hold anything
DOCUMENT_S, FILE_S = 15.0, 8.0  # somebody waits for it, and a web process with them
APART_S = 0.2  # a person asks for these few, as their browser would

_turns = Turns(APART_S)


@dataclass(frozen=True)
class Tried:
    """One find. `token` names its picture among those that people search with; else `problem` says why there is none."""

    title: str
    author: str
    address: str
    posted_at: Any = None
    score: int | None = None
    token: str = ""
    problem: str = ""


def first_finds(kind: str, root: str, options: Mapping[str, Any], web: Web | None = None) -> list[Tried]:
    """The latest few finds of a source that need not exist. Raises SourceGone with what to do."""
    web = web or Web(turns=_turns, document_s=DOCUMENT_S, file_s=FILE_S)
    if kind == Source.Kind.FOLDER:
        return list(islice(_of_folder(decode_path(root)), SHOWN))
    if kind == Source.Kind.DUMP:
        return _looked_at(dumps.first_records(root, options, SHOWN), web)
    try:
        told = CRAWLERS[kind]({**options, "depth": 25}, {}, web.documents)
        finds = [one for one in told if isinstance(one, Found)][-SHOWN:][::-1]
    except FetchError as error:
        raise SourceGone(error.reason) from error
    if not finds:
        raise SourceGone("It can be read, but there is no picture or clip in it.")
    return _looked_at(finds, web)


def _looked_at(finds: Sequence[Found], web: Web) -> list[Tried]:
    with ThreadPoolExecutor(len(finds)) as pool:
        return list(pool.map(lambda find: _look(find, web), finds))


def _look(find: Found, web: Web) -> Tried:
    tried = Tried(find.title, find.author, find.permalink or find.url, find.posted_at, find.score)
    with cast(BinaryIO, tempfile.SpooledTemporaryFile(2_000_000)) as file:
        try:
            fetch(find, web, file)
            return replace(tried, token=pictures.keep(file))
        except (BadMedia, FetchError) as error:
            return replace(tried, problem=error.reason)
        except (ValueError, OverflowError, OSError):  # one find that nobody foresaw, or a full disk, hides no others
            log.exception("%s cannot be shown", find.locator)
            return replace(tried, problem="It cannot be shown here: the log of the site has more.")


def _of_folder(root: Path) -> Iterator[Tried]:
    for find in islice(crawling.finds(root), LOOKED_AT):
        if isinstance(find, FoundFile):
            try:
                with find.path.open("rb") as file:
                    token = pictures.keep(file)
            except (BadMedia, OSError):
                continue
            yield Tried(readable(find.locator), "", "", token=token)
