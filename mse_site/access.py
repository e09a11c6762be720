"""Who may do what: the one place that knows the groups."""

from django.contrib.auth.models import AnonymousUser, User

RATERS = "rater"
CURATORS = "curator"


def is_curator(user: User | AnonymousUser) -> bool:
    return user.is_active and (user.is_superuser or user.groups.filter(name=CURATORS).exists())
