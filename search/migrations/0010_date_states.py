"""Since when a meme is in its state, who put it there, and what the purge looks for."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STATES = [("active", "Active"), ("hidden", "Hidden"), ("trashed", "Trashed"), ("missing", "Missing"), ("purged", "Purged")]


def date_the_trash(apps, schema_editor):
    """What was put into the trash before anybody wrote down when is kept for its full time from now on."""
    from django.utils import timezone

    apps.get_model("search", "Meme").objects.filter(state="trashed").update(moved_at=timezone.now())


class Migration(migrations.Migration):

    dependencies = [
        ("search", "0009_find_memes_by_parts_of_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="meme",
            name="moved_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="in this state since"),
        ),
        migrations.AddField(
            model_name="meme",
            name="moved_by",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name="meme",
            name="moved_from",
            field=models.CharField(blank=True, choices=STATES, max_length=10, verbose_name="state before that"),
        ),
        migrations.RunPython(date_the_trash, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="meme",
            index=models.Index(condition=models.Q(("state", "trashed")), fields=["moved_at"], name="meme_trashed"),
        ),
        migrations.AddIndex(
            model_name="meme",
            index=models.Index(condition=models.Q(("state", "purged"), models.Q(("is_stored", True), models.Q(("derived_at", None), _negated=True), _connector="OR")), fields=["id"], name="meme_remains"),
        ),
    ]
