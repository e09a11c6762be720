"""What every page knows of the site it belongs to."""

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest

from search import spaces


@dataclass(frozen=True)
class Site:
    name: str
    encoder: str
    is_public: bool
    signup: str
    max_file_mb: int

    @cached_property
    def is_lite(self) -> bool:
        """Searches are answered without a model of meaning, which the results say plainly.

        Another encoder answers only when its space is complete. Looked up for pages that ask: those for trouble need no
        database.
        """
        return (spaces.active_name() or self.encoder) == "lite"


def site(request: HttpRequest) -> dict[str, Site]:
    return {
        # Not `site`: allauth means another thing by that.
        "mse": Site(
            name=settings.SITE_NAME,
            encoder=settings.MSE_ENCODER,
            is_public=settings.PUBLIC_LIBRARY,
            signup=settings.SIGNUP,
            max_file_mb=settings.MSE_MAX_FILE_BYTES // 1_000_000,
        )
    }
