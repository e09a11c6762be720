"""Create the axes that everybody begins with."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

AXES = (
    ("useful", "Which is more useful?"),
    ("meme", "Which is more of a meme?"),
    ("aesthetic", "Which looks better?"),
)


def seed_axes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    axis = apps.get_model("rating", "Axis")
    for position, (name, question) in enumerate(AXES):
        if not axis.objects.filter(name__iexact=name).exists():
            axis.objects.create(name=name, question=question, state="active", position=position)


class Migration(migrations.Migration):
    dependencies = [("rating", "0001_ask_and_answer")]

    operations = [
        # Going back keeps them: people's answers name them.
        migrations.RunPython(seed_axes, migrations.RunPython.noop),
    ]
