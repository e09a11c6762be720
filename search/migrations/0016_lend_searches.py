from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('search', '0015_learn_concepts'),
    ]

    operations = [
        migrations.AddField(
            model_name='preference',
            name='lends_searches',
            field=models.BooleanField(default=False, verbose_name='what was searched for may name concepts'),
        ),
    ]
