"""The addresses of the whole site."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", include("search.urls")),
    path("sources/", include("ingestion.urls")),
    path("rate/", include("rating.urls")),
    path("tastes/", include("rating.taste_urls")),
    path("dank/", include("rating.dank_urls")),
    path("curation/", include("rating.curation_urls")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("mse_site.api")),
    path("", include("search.api_foreign_urls")),
    path("admin/", admin.site.urls),
    # Browsers ask here whatever a page says, such as when they show a picture alone.
    path("favicon.ico", RedirectView.as_view(url=static("icons/favicon.svg"))),
]
