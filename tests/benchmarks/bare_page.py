"""The least that a Django page of sixty memes for somebody signed in is made of: what the search page is compared with."""

import os

import django
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mse_site.settings")
django.setup()

from django.conf import settings  # noqa: E402  # the rest needs Django to be set up
from django.contrib.auth.decorators import login_required  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import Context, Template  # noqa: E402
from django.urls import path  # noqa: E402

from search.models import Meme  # noqa: E402

TILES = 60
PAGE = """<!doctype html><title>Memes</title><ul>{% for meme in memes %}
<li><a href="/memes/{{ meme.pk }}"><img src="/media/{{ meme.pk }}" alt="{{ meme.title }}: {{ meme.text }}"></a></li>
{% endfor %}</ul>"""


@login_required
def newest(request: HttpRequest) -> HttpResponse:
    memes = Meme.objects.defer("text_boxes", "words").order_by("-pk")[:TILES]
    return HttpResponse(Template(PAGE).render(Context({"memes": memes})))


settings.ROOT_URLCONF = __name__
urlpatterns = [path("", newest)]
application = get_wsgi_application()
