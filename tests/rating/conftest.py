"""Axes and memes to compare."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from rating.models import Axis
from search.models import Meme
from tests.search.asking import rows


@pytest.fixture
def axes(db: None) -> list[Axis]:
    """Useful, meme, aesthetic; tests that commit have emptied the table before."""
    import_module("rating.migrations.0002_seed_axes").seed_axes(apps, connection.schema_editor())
    return list(Axis.objects.in_use())


@pytest.fixture
def memes(db: None) -> list[Meme]:
    """Thirty that everybody may see."""
    return rows(30, derived_at=timezone.now())
