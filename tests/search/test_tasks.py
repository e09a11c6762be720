import pytest
import torch
from django.db import connection

from search import tasks


@pytest.mark.django_db
def test_how_many_threads_learning_takes_is_left_to_the_size_of_what_is_learned() -> None:
    threads, before = [], torch.get_num_threads()

    def count(execute, sql, *rest):  # type: ignore[no-untyped-def]  # Django's
        threads.append(torch.get_num_threads())
        return execute(sql, *rest)

    torch.set_num_threads(2)
    try:
        with connection.execute_wrapper(count):
            tasks.learn_concepts()
    finally:
        torch.set_num_threads(before)
    assert set(threads) == {2}
