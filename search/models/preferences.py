"""What people want to be shown, and how."""

from django.conf import settings
from django.db import models


class Preference(models.Model):
    """One person's; whoever has no row has the defaults."""

    class Nsfw(models.TextChoices):
        HIDE = "hide", "Leave it out"
        BLUR = "blur", "Blur it"
        SHOW = "show", "Show it"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    nsfw = models.CharField("what is not safe for work", max_length=5, choices=Nsfw.choices, default=Nsfw.BLUR)
    lends_searches = models.BooleanField("what was searched for may name concepts", default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(nsfw__in=["hide", "blur", "show"]), name="nsfw_choice")
        ]

    def __str__(self) -> str:
        return f"preferences of {self.user_id}"
