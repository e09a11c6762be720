"""What people want to be shown, and how: looked up once for each request, kept when they choose."""

from django.contrib.auth.models import AnonymousUser, User

from search.models import Preference

KNOWN = "_preference"  # on the user of a request


def of(user: User | AnonymousUser) -> Preference:
    """The preferences of `user`; the defaults for strangers and for whoever never chose."""
    known: Preference | None = getattr(user, KNOWN, None)
    if known is None:
        known = Preference.objects.filter(user=user.pk).first() if user.is_authenticated else None
        known = known or (Preference(user=user) if user.is_authenticated else Preference())
        setattr(user, KNOWN, known)
    return known


def keep(user: User, *, nsfw: str, lends_searches: bool | None = None) -> Preference:
    """Keep what `user` chose; repeated, it stays. What is None stays as it was."""
    chosen = {"nsfw": nsfw} if lends_searches is None else {"nsfw": nsfw, "lends_searches": lends_searches}
    kept, _ = Preference.objects.update_or_create(user=user, defaults=chosen)
    setattr(user, KNOWN, kept)
    return kept
