"""How the API knows people, and what strangers may do there. Apart from `access`, which must not import the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.authentication import SessionAuthentication as DjangoSessionAuthentication
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which itself imports the classes below, by their names in the settings


class SessionAuthentication(DjangoSessionAuthentication):
    """The session of the pages. Strangers are told to sign in (401), not that they may not (403)."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class MayReadLibrary(BasePermission):
    """Signed-in people may do what the view allows; strangers may read, and only where the library is public."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.user.is_authenticated:
            return True
        return settings.PUBLIC_LIBRARY and request.method in SAFE_METHODS
