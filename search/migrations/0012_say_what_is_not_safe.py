"""Who called a meme not safe for work, how close it is to words for it, and what people want done with that."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def believe_sources(apps, schema_editor):
    """Until now only sources had said it."""
    apps.get_model("search", "Meme").objects.filter(is_nsfw=True).update(nsfw_origin="source")


class Migration(migrations.Migration):

    dependencies = [
        ("search", "0011_name_more_kinds_of_sources"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="meme",
            name="nsfw_origin",
            field=models.CharField(blank=True, choices=[("source", "where it was seen"), ("person", "somebody here"), ("score", "how close it is to words for it")], max_length=10, verbose_name="who says so"),
        ),
        migrations.RunPython(believe_sources, migrations.RunPython.noop),
        migrations.CreateModel(
            name="NsfwScore",
            fields=[
                ("meme", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="nsfw_score", serialize=False, to="search.meme")),
                ("score", models.FloatField()),
                ("space", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="search.embeddingspace")),
            ],
        ),
        migrations.CreateModel(
            name="Preference",
            fields=[
                ("user", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="+", serialize=False, to=settings.AUTH_USER_MODEL)),
                ("nsfw", models.CharField(choices=[("hide", "Leave it out"), ("blur", "Blur it"), ("show", "Show it")], default="blur", max_length=5, verbose_name="what is not safe for work")),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("nsfw__in", ["hide", "blur", "show"])), name="nsfw_choice")],
            },
        ),
    ]
