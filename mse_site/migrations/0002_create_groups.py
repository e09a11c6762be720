"""Create the groups that people belong to."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

GROUPS = ("rater", "curator")


def create_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    group = apps.get_model("auth", "Group")
    for name in GROUPS:
        group.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [("mse_site", "0001_add_invitations"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        # Taking the groups away again would take people out of them.
        migrations.RunPython(create_groups, migrations.RunPython.noop),
    ]
