"""Who looks after the library: the site above knows its groups, and names the test in its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


def is_curator(user: User | AnonymousUser) -> bool:
    """Whether `user` decides about what everybody shares: memes, duplicates, sources, axes."""
    return bool(import_string(settings.CURATOR_TEST)(user))
