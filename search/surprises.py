"""A meme that nobody asked for, whose neighbourhood may be worth a look."""

import random
from collections.abc import Collection

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Exists, OuterRef

from search import spaces
from search.models import Embedding, Meme, MemeQuerySet

REMEMBERED = 50  # of the last ones, so that they do not come again soon


def pick(user: User | AnonymousUser, avoid: Collection[int] = ()) -> Meme | None:
    """Any meme that `user` may see and that others can be compared with; one to avoid only when there is no other.

    None in a library where nothing can be compared yet. Never one that is not safe for work.
    """
    found = Embedding.objects.filter(space=spaces.active(), meme=OuterRef("pk"))
    memes = Meme.objects.visible_to(user).filter(Exists(found), is_nsfw=False)
    return _any(memes.exclude(pk__in=avoid)) or _any(memes)


def _any(memes: MemeQuerySet) -> Meme | None:
    """The first one from a random number on: a gap in the numbers favours what follows it, which is no matter here."""
    # Not Min and Max of one statement: with the condition of an embedding, Postgres looks at every meme for those.
    first, last = (memes.order_by(order).values_list("pk", flat=True).first() for order in ("pk", "-pk"))
    if first is None or last is None:
        return None
    start = random.randint(first, max(first, last))
    return memes.filter(pk__gte=start).order_by("pk").first()
