"""What filters and orders of a search read."""

from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models
from django.db.models.functions import Now, Upper

ACTIVE = models.Q(("state", "active"))


class Migration(migrations.Migration):

    dependencies = [
        ("search", "0005_keep_searches"),
    ]

    operations = [
        migrations.AddField(
            model_name="meme",
            name="has_sound",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="meme",
            name="is_nsfw",
            field=models.BooleanField(default=False, verbose_name="not safe for work"),
        ),
        migrations.AddField(
            model_name="meme",
            name="dated_at",
            field=models.DateTimeField(db_default=Now(), editable=False, help_text="when it was first posted; added, while nobody knows"),
        ),
        migrations.AddField(
            model_name="meme",
            name="top_score",
            field=models.IntegerField(editable=False, help_text="most upvotes it had anywhere", null=True),
        ),
        migrations.AddIndex(
            model_name="meme",
            index=models.Index(condition=ACTIVE, fields=["kind", "-id"], name="meme_kind"),
        ),
        migrations.AddIndex(
            model_name="meme",
            index=models.Index(condition=models.Q(("is_nsfw", True), ("state", "active")), fields=["-id"], name="meme_nsfw"),
        ),
        migrations.AddIndex(
            model_name="meme",
            index=models.Index(condition=ACTIVE, fields=["-dated_at", "-id"], name="meme_dated"),
        ),
        migrations.AddIndex(
            model_name="meme",
            index=models.Index(condition=ACTIVE, fields=["-size_bytes", "-id"], name="meme_size"),
        ),
        migrations.AddIndex(
            model_name="meme",
            index=models.Index(models.OrderBy(models.F("top_score"), descending=True, nulls_last=True), models.OrderBy(models.F("id"), descending=True), condition=ACTIVE, name="meme_top_score"),
        ),
        migrations.AddIndex(
            model_name="sighting",
            index=models.Index(OpClass(Upper("author"), name="text_pattern_ops"), name="sighting_author"),
        ),
        migrations.AddIndex(
            model_name="sighting",
            index=models.Index(OpClass(Upper("community"), name="text_pattern_ops"), name="sighting_community"),
        ),
    ]
