"""What tastes say of a meme, on its page: `settings.SEARCH_MEME_PANELS` names it."""

from django.contrib.auth.models import AnonymousUser, User
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from rating.marks import marks
from search.models import Meme


def panel(user: User | AnonymousUser, meme: Meme) -> SafeString:
    """Empty while there is nothing to say, and for strangers."""
    found = marks(user, meme) if isinstance(user, User) else []
    return render_to_string("rating/_marks.html", {"marks": found}) if found else SafeString("")
