import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from search import store, tasks
from search.concepts import files
from tests.search.concepts.learned import known
from tests.search.planted import plant_space


@pytest.mark.django_db
def test_weights_that_no_dictionary_names_go_after_a_day(media_dir: Path) -> None:
    named, old, new = ("a" * 64, "b" * 64, "c" * 64)
    known(plant_space(), file=named)
    for file in (named, old, new):
        store.put(files.key(file), b"weights")
    long_ago = (timezone.now() - timedelta(days=2)).timestamp()
    for file in (named, old):
        os.utime(media_dir / files.key(file), (long_ago, long_ago))
    tasks.forget_old_concepts()
    assert [store.has(files.key(file)) for file in (named, old, new)] == [True, False, True]
