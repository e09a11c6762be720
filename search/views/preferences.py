"""What somebody wants to be shown, and how."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from search import preferences as kept
from search.forms import PreferencesForm
from search.models import Preference
from search.views.access import for_members
from search.views.searches import person


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def preferences(request: HttpRequest) -> HttpResponse:
    user = person(request)
    form = PreferencesForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        kept.keep(user, nsfw=form.cleaned_data["nsfw"], lends_searches=form.cleaned_data["lends_searches"])
        messages.success(request, "Kept.")
        return redirect("preferences")
    shown = {"form": form, "now": kept.of(user), "choices": Preference.Nsfw.choices}
    return render(request, "search/preferences.html", shown, status=400 if form.errors else 200)
