"""What people gather: collections of memes in an order, and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from search.models.memes import Meme

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class CollectionQuerySet(models.QuerySet["Collection"]):
    def visible_to(self, user: User | AnonymousUser) -> CollectionQuerySet:
        """Their own and those that are shared; strangers see the shared ones of a public site."""
        if user.is_authenticated:
            return self.filter(Q(is_shared=True) | Q(owner=user.pk))
        return self.filter(is_shared=True) if settings.PUBLIC_LIBRARY else self.none()

    def called(self, name: str, user: User | AnonymousUser) -> CollectionQuerySet:
        """What `user` means by `name`: their own collection, else shared ones of that name, or `owner/name`; or none."""
        visible = self.visible_to(user)
        owner, slash, rest = name.partition("/")
        same_name = Q(name__iexact=name)
        named = Q(owner__username__iexact=owner, name__iexact=rest) if slash else Q(pk__in=[])
        mine = visible.filter(same_name, owner=user.pk) if user.is_authenticated else visible.none()
        return mine if mine.exists() else visible.filter(same_name | named)


class Collection(models.Model):
    """A named set of memes, of one person; the others see it when it is shared, and in it what they may see at all."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="collections", db_index=False)
    name = models.CharField(max_length=200)
    is_shared = models.BooleanField(default=False)
    memes = models.ManyToManyField(Meme, through="CollectionEntry", related_name="collections")
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Collection]] = CollectionQuerySet.as_manager()

    class Meta:
        constraints = [
            # Also finds a person's collections, and one of them by its name (iexact compares in capitals).
            models.UniqueConstraint("owner", Upper("name"), name="collection_once"),
        ]
        indexes = [
            # `in:name`, when it is somebody else's.
            models.Index(Upper("name"), condition=Q(is_shared=True), name="collection_shared"),
        ]

    def __str__(self) -> str:
        return self.name


class CollectionEntry(models.Model):
    """The place of a meme in a collection."""

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="entries", db_index=False)
    meme = models.ForeignKey(Meme, models.CASCADE, related_name="entries")
    position = models.IntegerField(default=0, help_text="smaller comes first; equal ones in the order they were added")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["collection", "meme"], name="entry_once"),  # and `in:collection`
        ]
        indexes = [
            models.Index(fields=["collection", "position", "id"], name="entry_order"),  # the page of a collection
        ]

    def __str__(self) -> str:
        return f"meme {self.meme_id} in collection {self.collection_id}"


class Tag(models.Model):
    """A word that people put on memes; everybody shares the same ones."""

    name = models.CharField(max_length=100)
    memes = models.ManyToManyField(Meme, through="Tagging", related_name="tags")

    class Meta:
        constraints = [
            models.UniqueConstraint(Upper("name"), name="tag_once"),  # and `tag:name`, which compares in capitals
        ]

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    """A tag on a meme, and who put it there."""

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="taggings", db_index=False)
    meme = models.ForeignKey(Meme, models.CASCADE, related_name="taggings")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tag", "meme"], name="tagging_once"),  # and the memes of a tag
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} on meme {self.meme_id}"
