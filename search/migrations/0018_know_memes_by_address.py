"""Memes whose bytes have not been here: where they are. The stages that need bytes pass over them."""

from django.db import migrations, models

class Migration(migrations.Migration):

    dependencies = [
        ("search", "0017_tell_how_far_jobs_are"),
    ]

    operations = [
        migrations.AddField(
            model_name="meme",
            name="remote_url",
            field=models.URLField(blank=True, db_default="", default="", help_text="where its bytes are, until they have been here", max_length=2000),
        ),
        migrations.RemoveIndex(model_name="meme", name="meme_lacks_media"),
        migrations.RemoveIndex(model_name="meme", name="meme_lacks_text"),
        migrations.AddIndex(
            model_name="meme",
            index=models.Index(condition=models.Q(("derived_at", None), ("remote_url", ""), ("state", "active")), fields=["id"], name="meme_lacks_media"),
        ),
        migrations.AddIndex(
            model_name="meme",
            index=models.Index(condition=models.Q(("remote_url", ""), ("state", "active"), ("text_read_at", None)), fields=["id"], name="meme_lacks_text"),
        ),
        migrations.AddIndex(
            model_name="meme",
            index=models.Index(condition=models.Q(("state", "active"), models.Q(("remote_url", ""), _negated=True)), fields=["id"], name="meme_remote"),
        ),
    ]
