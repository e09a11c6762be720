"""Fill a site with the drawn demo world: people, pictures, and where they were posted."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group, User

from ingestion.crawling import import_folder
from mse_site.access import CURATORS, RATERS
from mse_site.demo.library import write_library
from mse_site.demo.people import PASSWORD, PEOPLE
from mse_site.demo.world import SEED, DrawnMeme
from search.locators import encode_path
from search.models import Meme, Sighting, Source

IMPORT_EVERY_S = 1.5


@dataclass(frozen=True)
class Login:
    username: str
    role: str


def create_people() -> list[Login]:
    """The demo's logins, made when missing; the last one is curator and administrator."""
    logins = []
    for person in PEOPLE:
        is_curator = person is PEOPLE[-1]
        user, is_new = User.objects.get_or_create(
            username=person.username,
            defaults={"first_name": person.username.title(), "is_staff": is_curator, "is_superuser": is_curator},
        )
        if is_new:
            user.set_password(PASSWORD)
            user.save(update_fields=["password"])
        user.groups.add(*(Group.objects.get_or_create(name=name)[0] for name in _groups(is_curator)))
        logins.append(Login(person.username, "curator and administrator" if is_curator else "rater"))
    return logins


def _groups(is_curator: bool) -> tuple[str, ...]:
    return (RATERS, CURATORS) if is_curator else (RATERS,)


def fill(count: int, on_drawn: Callable[[int], None] = lambda drawn: None) -> None:
    """Draw `count` memes into the data folder and take them in as they come; what is there already is left alone."""
    folder = settings.DATA_DIR / "library"
    curator = User.objects.get(username=PEOPLE[-1].username)
    drawn: list[DrawnMeme] = []
    taken_in = 0.0

    def on_progress(meme: DrawnMeme, path: Path) -> None:
        nonlocal taken_in
        drawn.append(meme)
        on_drawn(len(drawn))
        if time.monotonic() - taken_in > IMPORT_EVERY_S:
            import_folder(folder, added_by=curator)
            taken_in = time.monotonic()

    write_library(folder, SEED, count, on_progress)
    import_folder(folder, added_by=curator)
    post(drawn)


def post(drawn: Sequence[DrawnMeme]) -> None:
    """Record where the drawn memes were posted, by whom and how well they did. Repeated, it changes nothing."""
    places = {encode_path(meme.path): meme for meme in drawn}
    found = Sighting.objects.filter(source__kind=Source.Kind.FOLDER, locator__in=places)
    posts, fresh = [], []
    for sighting in found.select_related("meme"):
        meme = places[sighting.locator]
        posts.append(_post(meme, sighting.meme))
        if sighting.meme.title == sighting.title:
            sighting.meme.title = meme.posting.title[:300]
            sighting.meme.is_nsfw = meme.posting.is_nsfw
            fresh.append(sighting.meme)
    Sighting.objects.bulk_create(posts, ignore_conflicts=True)
    Meme.objects.bulk_update(fresh, ["title", "is_nsfw"], batch_size=200)


def _post(drawn: DrawnMeme, meme: Meme) -> Sighting:
    posting = drawn.posting
    return Sighting(
        meme=meme,
        source=_source(posting.source),
        locator=f"{posting.community}/{drawn.number}",
        title=posting.title[:300],
        author=posting.author,
        community=posting.community,
        score=posting.upvotes,
        posted_at=posting.posted_at,
    )


def _source(name: str) -> Source:
    return Source.objects.get_or_create(kind=Source.Kind.FEED, root=f"demo:{name}", defaults={"name": name})[0]
