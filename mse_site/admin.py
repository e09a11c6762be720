"""The administrators' view of the site itself, and the one way to sign in."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.forms import IntegerField, ModelForm
from django.http import HttpRequest

from mse_site import invitations
from mse_site.models import Invitation

# The admin's own sign-in knows no throttling.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # as allauth's manual asks
admin.site.site_header = admin.site.site_title = "Administration"


class InvitationForm(ModelForm):
    days = IntegerField(
        min_value=1, max_value=invitations.MAX_DAYS, initial=invitations.DEFAULT_DAYS, help_text="valid for this long"
    )

    class Meta:
        model = Invitation
        fields = ("role", "email")


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    """Made and withdrawn here, never changed: whoever has the link was promised what it says."""

    form = InvitationForm
    list_display = ("created_at", "role", "email", "created_by", "expires_at", "used_by", "used_at")
    list_filter = ("role", "used_at")
    list_select_related = ("created_by", "used_by")
    search_fields = ("email", "used_by__username")

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        """One that was used says how somebody came here."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.used_at is None)

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        assert request.user.is_authenticated
        invitation, code = invitations.invite(
            role=Invitation.Role(obj.role), email=obj.email, days=form.cleaned_data["days"], created_by=request.user
        )
        obj.__dict__.update(invitation.__dict__)
        link = invitations.link(code, request.build_absolute_uri("/"))
        messages.warning(request, f"Send this link, it is shown only now: {link}")
