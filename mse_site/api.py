"""The routes below /api/v1/, their schema and its page."""

from typing import Any, Never

from django.urls import include, path, re_path
from drf_spectacular.authentication import SessionScheme as DjangoSessionScheme
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from search import api as library
from search import api_concepts as concepts
from search import api_searches as searches


class SessionScheme(DjangoSessionScheme):  # type: ignore[no-untyped-call]  # drf_spectacular has no types for subclasses
    """How the schema describes the site's own authentication class."""

    target_class = "mse_site.permissions.SessionAuthentication"
    name = "session"


class NotThere(APIView):
    """An address below /api/v1/ that names nothing: a problem document, not a page."""

    schema = None  # not an operation
    permission_classes = [AllowAny]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> Never:
        raise NotFound("There is nothing at this address. /api/v1/docs/ shows what there is.")


urlpatterns = [
    path("memes", library.Memes.as_view(), name="api-memes"),
    path("memes/<int:pk>", library.MemeDetail.as_view(), name="api-meme"),
    path("memes/<int:pk>/similar", library.Similar.as_view(), name="api-similar"),
    path("search", library.Search.as_view(), name="api-search"),
    path("suggestions", searches.Suggestions.as_view(), name="api-suggestions"),
    path("pictures", searches.Pictures.as_view(), name="api-pictures"),
    path("searches", searches.SavedSearches.as_view(), name="api-saved-searches"),
    path("searches/<int:pk>", searches.SavedSearchDetail.as_view(), name="api-saved-search"),
    path("history", searches.History.as_view(), name="api-history"),
    path("history/<int:pk>", searches.PastSearchDetail.as_view(), name="api-past-search"),
    path("surprise", searches.Surprise.as_view(), name="api-surprise"),
    path("concepts", concepts.Concepts.as_view(), name="api-concepts"),
    path("concepts/<int:pk>", concepts.OneConcept.as_view(), name="api-concept"),
    path("", include("search.api_state_urls")),
    path("", include("search.api_job_urls")),
    path("", include("ingestion.api_urls")),
    path("rating/", include("rating.api_urls")),
    path("curation/", include("rating.api_curation_urls")),
    path("status", library.Status.as_view(), name="api-status"),
    path("schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    re_path("", NotThere.as_view(), name="api-not-there"),
]
