"""What a source had lately is read along an index: the page of new posts sorted all sightings there are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0019_sample_vectors_by_an_index"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="sighting",
            index=models.Index(fields=["source", "-seen_at", "-id"], name="sighting_latest"),
        ),
    ]
