"""What every page knows of the site it belongs to."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest


@dataclass(frozen=True)
class Site:
    """`is_lite`: searching works without a model of meaning, which the pages say plainly."""

    name: str
    encoder: str
    is_lite: bool
    is_public: bool
    signup: str
    max_file_mb: int


def site(request: HttpRequest) -> dict[str, Site]:
    return {
        # Not `site`: allauth means another thing by that.
        "mse": Site(
            name=settings.SITE_NAME,
            encoder=settings.MSE_ENCODER,
            is_lite=settings.MSE_ENCODER == "lite",
            is_public=settings.PUBLIC_LIBRARY,
            signup=settings.SIGNUP,
            max_file_mb=settings.MSE_MAX_FILE_BYTES // 1_000_000,
        )
    }
