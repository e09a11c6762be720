"""Saved searches, and what people searched for lately."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import MD5, Upper


class Migration(migrations.Migration):

    dependencies = [
        ("search", "0004_gather_memes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("query", models.TextField(help_text="as it is typed into the box")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("owner", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="saved_searches", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [models.UniqueConstraint(models.F("owner"), Upper("name"), name="saved_search_once")],
            },
        ),
        migrations.CreateModel(
            name="PastSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("query", models.TextField(help_text="as it was typed into the box")),
                ("searched_at", models.DateTimeField(help_text="the last time")),
                ("owner", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="past_searches", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [models.UniqueConstraint(models.F("owner"), MD5("query"), name="past_search_once")],
                "indexes": [models.Index(fields=["owner", "-searched_at"], name="past_search_latest")],
            },
        ),
    ]
