"""Collections and tags."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):

    dependencies = [
        ("search", "0003_name_feeds_as_sources"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Collection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("is_shared", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("owner", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="collections", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [models.UniqueConstraint(models.F("owner"), Upper("name"), name="collection_once")],
                "indexes": [models.Index(Upper("name"), condition=models.Q(("is_shared", True)), name="collection_shared")],
            },
        ),
        migrations.CreateModel(
            name="CollectionEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.IntegerField(default=0, help_text="smaller comes first; equal ones in the order they were added")),
                ("added_at", models.DateTimeField(auto_now_add=True)),
                ("collection", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="entries", to="search.collection")),
                ("meme", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="entries", to="search.meme")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("collection", "meme"), name="entry_once")],
                "indexes": [models.Index(fields=["collection", "position", "id"], name="entry_order")],
            },
        ),
        migrations.AddField(
            model_name="collection",
            name="memes",
            field=models.ManyToManyField(related_name="collections", through="search.CollectionEntry", to="search.meme"),
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
            ],
            options={"constraints": [models.UniqueConstraint(Upper("name"), name="tag_once")]},
        ),
        migrations.CreateModel(
            name="Tagging",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("added_at", models.DateTimeField(auto_now_add=True)),
                ("added_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("meme", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="taggings", to="search.meme")),
                ("tag", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="taggings", to="search.tag")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("tag", "meme"), name="tagging_once")]},
        ),
        migrations.AddField(
            model_name="tag",
            name="memes",
            field=models.ManyToManyField(related_name="tags", through="search.Tagging", to="search.meme"),
        ),
    ]
