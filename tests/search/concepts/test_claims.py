from typing import Any

import pytest
from django.db import connection

from search.concepts import claims
from search.models import ConceptModel
from tests.search.concepts.learned import DIMS, vectors
from tests.search.planted import plant, plant_space


@pytest.mark.django_db
def test_what_is_asked_for_while_a_run_ends_is_another_one() -> None:
    space = plant_space(dims=DIMS)
    plant(space, vectors(claims.FEWEST))
    first = claims.ask(space)
    assert claims.ask(space) == first

    def end(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("SELECT") and 'FROM "search_conceptmodel"' in sql:
            execute("UPDATE search_conceptmodel SET state = 'failed' WHERE id = %s", [first.pk], *rest[1:])
        return execute(sql, *rest)

    with connection.execute_wrapper(end):
        second = claims.ask(space)
    assert (second.pk > first.pk, second.state) == (True, ConceptModel.State.LEARNING)
