"""Settings that are each allowed and dangerous together; `manage.py check` and every other command say so."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.files.storage import InvalidStorageError, storages

SHORTEST_KEY = 32  # characters; what is made on its own has 67


def is_local(bind: str) -> bool:
    host = bind.rpartition(":")[0].strip("[]")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@register(Tags.security)
def check_exposure(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return list(_exposure())


def _exposure() -> Iterator[CheckMessage]:
    local = is_local(settings.BIND)
    if settings.DEBUG and not local:
        yield Error(
            f"MSE_DEBUG shows settings and source code to everybody who reaches {settings.BIND}.",
            hint="Turn it off, or set MSE_BIND to 127.0.0.1:8000.",
            id="mse.E001",
        )
    if len(settings.SECRET_KEY) < SHORTEST_KEY:
        yield Error(
            f"MSE_SECRET_KEY has fewer than {SHORTEST_KEY} characters: who guesses it can sign in as anybody.",
            hint="Leave it out, and a good one is made and kept in the data folder.",
            id="mse.E002",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Warning(
            "MSE_ALLOWED_HOSTS allows every name: links in mails can be made to point elsewhere.",
            hint="List the names under which people reach the site.",
            id="mse.W001",
        )
    if not local and not settings.HTTPS:
        yield Warning(
            f"The site listens on {settings.BIND} without HTTPS: passwords travel in the clear.",
            hint="Put a proxy with a certificate in front and set MSE_HTTPS=yes, or stay on 127.0.0.1.",
            id="mse.W002",
        )
    if settings.HTTPS and not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        yield Warning(
            "With MSE_HTTPS there is a proxy, and without MSE_TRUSTED_PROXIES everybody behind it shares one limit"
            " of failed sign-ins.",
            hint="Set MSE_TRUSTED_PROXIES to the number of proxies, usually 1.",
            id="mse.W003",
        )


@register()
def check_store(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    try:
        storages["memes"]
    except (InvalidStorageError, TypeError) as error:  # TypeError: options its class does not know
        return [
            Error(
                f"The media store cannot be set up: {error}",
                hint="Look at MSE_MEDIA_STORAGE and MSE_MEDIA_STORAGE_OPTIONS.",
                id="mse.E003",
            )
        ]
    return []
