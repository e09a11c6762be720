import pytest

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
