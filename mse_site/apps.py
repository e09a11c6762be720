"""The site itself: how the parts are put together."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "mse_site"
    verbose_name = "Site"
