"""The site itself: how the parts are put together."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "mse_site"
    verbose_name = "Site"

    def ready(self) -> None:
        # Tasks are sent through this site's queues only once its Celery app exists.
        from mse_site import celery, checks  # noqa: F401 - imported for what it registers
