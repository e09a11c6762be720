"""How well each taste has come to predict held-out answers."""
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rating', '0004_keep_deep_tastes'),
    ]

    operations = [
        migrations.CreateModel(
            name='LearningCurve',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('measured_from', models.CharField(help_text='a hash of the answers: with the same there is nothing new', max_length=64)),
                ('found', models.JSONField(help_text='a rating.progress.Curve')),
                ('measured_at', models.DateTimeField(auto_now=True)),
                ('taste', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='rating.taste')),
            ],
        ),
    ]
