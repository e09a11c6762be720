"""Addresses in templates: as Django writes them, though they are remembered."""

from collections.abc import Iterator

import pytest
from django.contrib.staticfiles.storage import StaticFilesStorage, staticfiles_storage
from django.http import HttpResponse
from django.template import Context, Engine, engines
from django.template.backends.django import DjangoTemplates
from django.template.defaulttags import URLNode
from django.test import override_settings
from django.urls import NoReverseMatch, path, set_script_prefix

from mse_site.templatetags.addresses import PlainAddress

urlpatterns = [path("elsewhere/a&b/", lambda request: HttpResponse(), name="home")]


@pytest.fixture
def below() -> Iterator[None]:
    set_script_prefix("/memes/")
    yield
    set_script_prefix("/")


@pytest.mark.parametrize(
    "written",
    [
        "{% url 'home' %}",
        "{% url name %}",
        "{% url 'meme' 7 %}",
        "{% url 'meme' pk=7 %}",
        "{% url 'admin:index' %}",
        "{% url 'home' as there %}[{{ there }}]",
        "{% autoescape off %}{% url 'home' %}{% endautoescape %}",
    ],
)
@pytest.mark.parametrize("urlconf", [None, __name__])
def test_addresses_are_those_of_django(written: str, urlconf: str | None) -> None:
    with override_settings(**({"ROOT_URLCONF": urlconf} if urlconf else {})):
        for _ in range(2):
            assert rendered(written, builtin="mse_site.templatetags.addresses") == rendered(written)


def test_below_a_prefix_they_begin_with_it(below: None) -> None:
    assert rendered("{% url 'home' %}", builtin="mse_site.templatetags.addresses") == "/memes/"


def test_pages_use_them_and_an_unknown_name_is_an_error() -> None:
    django = engines["django"]
    assert isinstance(django, DjangoTemplates)
    nodes = django.engine.from_string("{% url 'home' %}{% url 'meme' 7 %}").nodelist
    assert [type(node) for node in nodes] == [PlainAddress, URLNode]
    with pytest.raises(NoReverseMatch):
        django.from_string("{% url 'nowhere' %}").render()


@pytest.mark.parametrize("name", ["js/theme.js", "with space & more.css"])
def test_files_of_the_site_are_where_django_says(name: str) -> None:
    assert [staticfiles_storage.url(name) for _ in range(2)] == [StaticFilesStorage().url(name)] * 2
    with override_settings(STATIC_URL="/elsewhere/"):
        assert staticfiles_storage.url(name) == StaticFilesStorage().url(name)


def rendered(written: str, builtin: str | None = None) -> str:
    """What Django makes of it, or that there is no such address."""
    engine = Engine(builtins=[builtin] if builtin else [])
    try:
        return str(engine.from_string(written).render(Context({"name": "home"})))
    except NoReverseMatch:
        return "nowhere"
