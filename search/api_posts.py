"""What the API does alike wherever something is posted: look at its size, read what it says, say whether it is new."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from search.media import BadMedia

FORM_BYTES = 100_000  # of an upload around its file


class TakesFiles(APIView):
    """Refuses what is too large. Raises BadMedia."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before anything is read: signing in looks at the form, and reading the form takes the whole upload in.
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and int(length) > settings.MSE_MAX_FILE_BYTES + FORM_BYTES:
            raise BadMedia("too-large", f"A file may have {settings.MSE_MAX_FILE_BYTES // 1_000_000} MB at most.")
        super().initial(request, *args, **kwargs)


def read(kind: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    """What `data` says, by name. Raises ValidationError."""
    asked = kind(data=data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def kept(shown: Mapping[str, Any], *, is_new: bool) -> Response:
    """201 for what is new, 200 for what was there; `shown` has its `url`."""
    return Response(shown, status=201 if is_new else 200, headers={"Location": str(shown["url"])})
