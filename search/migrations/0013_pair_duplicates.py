"""Pairs that may be the same, merges, and an index by which near hashes are found."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Multi-index hashing: M. Norouzi, A. Punjani and D. J. Fleet, "Fast Search in Hamming Space with Multi-Index Hashing" (2012).
# Of two 64-bit hashes at most 7 bits apart, one of four quarters is at most one bit apart: 4 * 17 keys find it.
FORWARDS = """
CREATE FUNCTION search_phash_bands(hash bigint) RETURNS int[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ARRAY[(hash >> 48 & 65535)::int, (hash >> 32 & 65535)::int | 65536, (hash >> 16 & 65535)::int | 131072,
                 (hash & 65535)::int | 196608]
$$;
CREATE FUNCTION search_phash_probes(hash bigint) RETURNS int[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(band # flip) FROM unnest(search_phash_bands(hash)) AS band,
           unnest(ARRAY[0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768]) AS flip
$$;
"""
BACKWARDS = """
DROP FUNCTION search_phash_probes(bigint);
DROP FUNCTION search_phash_bands(bigint);
"""
TIERS = [("picture", "Same picture"), ("meaning", "Close in meaning")]
DECISIONS = [("left", "Keep the left one"), ("right", "Keep the right one"), ("both", "Keep both"), ("different", "Not the same")]


def user(**more):
    return models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL, **more)


def meme(related_name="+", **more):
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name=related_name, to="search.meme", **more)


class Migration(migrations.Migration):

    dependencies = [
        ("search", "0012_say_what_is_not_safe"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RemoveIndex(model_name="meme", name="meme_phash"),
        migrations.AddIndex(
            model_name="meme",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(models.F("phash"), function="search_phash_bands", output_field=django.contrib.postgres.fields.ArrayField(models.IntegerField())),
                fastupdate=False,
                name="meme_phash_bands",
            ),
        ),
        migrations.AddField(
            model_name="meme",
            name="merged_into",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="search.meme"),
        ),
        migrations.AddField(
            model_name="sighting",
            name="merged_from",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="search.meme"),
        ),
        migrations.CreateModel(
            name="Compared",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tier", models.CharField(choices=TIERS, max_length=10)),
                ("meme", meme(db_index=False)),
                ("space", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="search.embeddingspace")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("meme", "tier", "space"), name="compared_once", nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("merged_at", models.DateTimeField(auto_now_add=True)),
                ("moved", models.JSONField(default=dict)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("gone", meme("merges")),
                ("kept", meme()),
                ("merged_by", user()),
            ],
            options={
                "constraints": [models.UniqueConstraint(condition=models.Q(("undone_at", None)), fields=("gone",), name="merge_standing")],
            },
        ),
        migrations.CreateModel(
            name="DuplicatePair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tier", models.CharField(choices=TIERS, max_length=10)),
                ("distance", models.FloatField(help_text="bits of the perceptual hash that differ; of vectors, 1 less the cosine")),
                ("found_at", models.DateTimeField(auto_now_add=True)),
                ("decision", models.CharField(blank=True, choices=DECISIONS, max_length=10)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("decided_by", user(blank=True)),
                ("first", meme()),
                ("second", meme()),
                ("merge", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="search.merge")),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("decision", "")), fields=["-tier", "distance", "id"], name="duplicate_open"),
                    models.Index(fields=["decided_by", "-decided_at"], name="duplicate_decided"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="duplicate_once"),
                    models.CheckConstraint(condition=models.Q(("first__lt", models.F("second"))), name="duplicate_in_order"),
                ],
            },
        ),
    ]
