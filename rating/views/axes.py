"""The axes: what people rate, what they propose to rate, and what curators make of that."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from rating import proposals
from rating.forms import ProposalForm
from rating.models import Axis
from rating.views.rate import rater_of
from search.curators import is_curator
from search.views.access import for_members


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def axes(request: HttpRequest) -> HttpResponse:
    form = ProposalForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            axis = proposals.propose(rater_of(request), form.cleaned_data["name"], form.cleaned_data["question"])
        except proposals.NotProposed as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, f"{axis} is proposed. Curators decide whether it is asked about.")
            return redirect("rate-axes")
    listed = Axis.objects.select_related("proposed_by").order_by("position", "pk")
    shown = {
        "form": form,
        "groups": [(state.label, [axis for axis in listed if axis.state == state]) for state in Axis.State],
        "is_curator": is_curator(request.user),
    }
    return render(request, "rating/axes.html", shown, status=400 if form.errors else 200)


@require_POST
@for_members
def move(request: HttpRequest, pk: int, state: str) -> HttpResponse:
    """For curators; to others it is not there."""
    if not is_curator(request.user) or state not in (Axis.State.ACTIVE, Axis.State.RETIRED):
        raise Http404
    axis = get_object_or_404(Axis, pk=pk)
    proposals.move(axis, Axis.State(state))
    messages.success(request, f"{axis} is now {axis.get_state_display().lower()}.")
    return redirect("rate-axes")
