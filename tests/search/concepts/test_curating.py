from typing import Any

import pytest
from django.db import connection

from search.concepts import curating, naming, reading
from search.concepts.inheriting import inherit
from search.models import Concept
from tests.search.concepts.learned import known
from tests.search.planted import plant_space


@pytest.mark.django_db
def test_no_concept_is_called_as_a_principal_direction_is() -> None:
    space = plant_space()
    fits = [naming.Fit("component", 6.0, 1.0)] * 2
    assert naming.labels(fits, [0, 1], reading.COMPONENT_LABELS) == ["component", "component-100"]
    old, new = known(space, state="retired"), known(space)
    Concept.objects.filter(model=old, label="dog").update(given_name="component")
    Concept.objects.filter(model=new, label="cat").update(label="component", name="component")
    inherit(new)
    assert Concept.objects.get(model=new, latent=2).label == "component-100"
    Concept.objects.filter(model=new, latent=1).update(name="component-7")
    assert curating.rename(Concept.objects.get(model=new, latent=1), "").label == "component-7-2"


@pytest.mark.django_db
def test_of_two_who_give_the_same_name_at_once_the_second_is_told() -> None:
    model = known(plant_space())
    cat, dog = (Concept.objects.get(model=model, label=label) for label in ("cat", "dog"))

    def be_first(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('UPDATE "search_concept"') and Concept.objects.filter(pk=dog.pk, label="dog").exists():
            execute("UPDATE search_concept SET label = 'tabby' WHERE id = %s", [dog.pk], *rest[1:])
        return execute(sql, *rest)

    with connection.execute_wrapper(be_first), pytest.raises(curating.BadName, match="“tabby” already"):
        curating.rename(cat, "tabby")
    assert Concept.objects.get(pk=cat.pk).label == "cat"
