"""What people searched for: what they keep, and what they typed lately."""

from django.conf import settings
from django.db import models
from django.db.models.functions import MD5, Upper


class SavedSearch(models.Model):
    """A search somebody wants to come back to, under a name of theirs."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_searches", db_index=False)
    name = models.CharField(max_length=200)
    query = models.TextField(help_text="as it is typed into the box")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("owner", Upper("name"), name="saved_search_once"),  # and a person's searches
        ]

    def __str__(self) -> str:
        return self.name


class PastSearch(models.Model):
    """A query somebody asked, once however often; `search.history` writes these and keeps the latest."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="past_searches", db_index=False)
    query = models.TextField(help_text="as it was typed into the box")
    searched_at = models.DateTimeField(help_text="the last time")

    class Meta:
        constraints = [
            # A hash, because an index takes no text longer than a third of a page.
            models.UniqueConstraint("owner", MD5("query"), name="past_search_once"),
        ]
        indexes = [
            models.Index(fields=["owner", "-searched_at"], name="past_search_latest"),  # the list under the box
        ]

    def __str__(self) -> str:
        return self.query[:80]
