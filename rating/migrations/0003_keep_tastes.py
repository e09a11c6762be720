"""What was learned from answers, and in which coordinates."""
import django.db.models.deletion
import pgvector.django.halfvec
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rating', '0002_seed_axes'),
        ('search', '0009_find_memes_by_parts_of_words'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TasteBasis',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('data', models.BinaryField(help_text='safetensors')),
                ('checksum', models.CharField(max_length=64)),
                ('sampled', models.PositiveIntegerField(help_text='vectors it was learned from')),
                ('learned_at', models.DateTimeField(auto_now=True)),
                ('space', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='search.embeddingspace')),
            ],
            options={
                'verbose_name_plural': 'taste bases',
            },
        ),
        migrations.CreateModel(
            name='Taste',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_shared', models.BooleanField(default=False, help_text='others may search by it')),
                ('answers', models.PositiveIntegerField(default=0)),
                ('basis', models.CharField(help_text='the checksum of the coordinates', max_length=64)),
                ('learned_from', models.CharField(help_text='a hash of the answers: with the same there is nothing new', max_length=64)),
                ('learned_at', models.DateTimeField(auto_now=True)),
                ('posterior', models.BinaryField(help_text='safetensors, a quarter of a megabyte')),
                ('direction', pgvector.django.halfvec.HalfVectorField(help_text='unit norm; null: nothing is preferred', null=True)),
                ('prior_mean', models.BinaryField(default=b'', help_text='float64; empty: around nothing')),
                ('prior_variance', models.FloatField(default=0.0, help_text='squared logits')),
                ('is_prior_of_others', models.BooleanField(default=False, help_text="chosen together with everybody's")),
                ('axis', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='rating.axis')),
                ('owner', models.ForeignKey(help_text='none: everybody together', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('space', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='search.embeddingspace')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('axis', 'owner', 'space'), name='taste_once', nulls_distinct=False)],
            },
        ),
    ]
