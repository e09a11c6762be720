"""The administrators' view of rating: the axes. Nobody's answers can be read here."""

from django.contrib import admin
from django.http import HttpRequest

from rating.models import Axis


@admin.register(Axis)
class AxisAdmin(admin.ModelAdmin):
    """Added and retired, never deleted: answers name them."""

    list_display = ("name", "question", "state", "position", "proposed_by", "created_at")
    list_editable = ("state", "position")
    list_filter = ("state",)
    list_select_related = ("proposed_by",)
    search_fields = ("name", "question")
    readonly_fields = ("proposed_by",)
    ordering = ("position", "pk")

    def has_delete_permission(self, request: HttpRequest, obj: Axis | None = None) -> bool:
        return False
