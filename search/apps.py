"""The library of memes, and how to find one."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "search"
    verbose_name = "Library"

    def ready(self) -> None:
        from search import kinds

        kinds.joined()
