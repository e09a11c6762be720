from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0002_subscribe_to_sources")]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="is_asked_again",
            field=models.BooleanField(default=False, help_text="something changed while it was being read"),
        ),
    ]
