"""The axes, what waits to be asked, and what was answered."""
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('search', '0008_compare_memes_in_one_pass'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Axis',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40)),
                ('question', models.CharField(help_text='as it is asked of two memes: Which is more useful?', max_length=200)),
                ('state', models.CharField(choices=[('proposed', 'Proposed'), ('active', 'Active'), ('retired', 'Retired')], default='proposed', max_length=10)),
                ('position', models.PositiveSmallIntegerField(default=100, help_text='smaller comes first')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('proposed_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'axes',
            },
        ),
        migrations.CreateModel(
            name='FourCandidate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('policy', models.CharField(help_text='who chose it', max_length=20)),
                ('priority', models.FloatField(default=0.0, help_text='larger is asked sooner')),
                ('is_evaluation', models.BooleanField(default=False, help_text='a random draw from the whole library, kept apart to test what was learned')),
                ('tab', models.CharField(blank=True, help_text='the browser tab that shows it', max_length=40)),
                ('asked_at', models.DateTimeField(blank=True, help_text='when it was first handed out', null=True)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('members', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), help_text='their ids, the smallest first', size=4)),
                ('first', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='search.meme')),
                ('fourth', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='search.meme')),
                ('rater', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('second', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='search.meme')),
                ('third', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='search.meme')),
            ],
        ),
        migrations.CreateModel(
            name='Choice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('policy', models.CharField(help_text='who chose the memes; `imported` if nobody here did', max_length=20)),
                ('is_evaluation', models.BooleanField(default=False, help_text='kept apart to test what was learned')),
                ('key', models.UUIDField(default=uuid.uuid4, help_text='made by whoever sends the answer: sent again, it counts once')),
                ('asked_at', models.DateTimeField(blank=True, null=True)),
                ('answered_at', models.DateTimeField()),
                ('took_ms', models.PositiveIntegerField(blank=True, help_text='from seeing the memes to the answer', null=True)),
                ('voided_at', models.DateTimeField(blank=True, null=True)),
                ('best', models.PositiveSmallIntegerField(blank=True, help_text='its place as shown, 1 to 4; 0: none of them; empty: skipped', null=True)),
                ('axis', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rating.axis')),
                ('first', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='search.meme')),
                ('fourth', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='search.meme')),
                ('rater', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('second', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='search.meme')),
                ('third', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='search.meme')),
                ('candidate', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='choices', to='rating.fourcandidate')),
            ],
        ),
        migrations.CreateModel(
            name='PairCandidate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('policy', models.CharField(help_text='who chose it', max_length=20)),
                ('priority', models.FloatField(default=0.0, help_text='larger is asked sooner')),
                ('is_evaluation', models.BooleanField(default=False, help_text='a random draw from the whole library, kept apart to test what was learned')),
                ('tab', models.CharField(blank=True, help_text='the browser tab that shows it', max_length=40)),
                ('asked_at', models.DateTimeField(blank=True, help_text='when it was first handed out', null=True)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('is_repeat', models.BooleanField(default=False, help_text='asked before, to measure noise and side bias')),
                ('left', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='search.meme')),
                ('rater', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('right', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='search.meme')),
            ],
        ),
        migrations.CreateModel(
            name='Comparison',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('policy', models.CharField(help_text='who chose the memes; `imported` if nobody here did', max_length=20)),
                ('is_evaluation', models.BooleanField(default=False, help_text='kept apart to test what was learned')),
                ('key', models.UUIDField(default=uuid.uuid4, help_text='made by whoever sends the answer: sent again, it counts once')),
                ('asked_at', models.DateTimeField(blank=True, null=True)),
                ('answered_at', models.DateTimeField()),
                ('took_ms', models.PositiveIntegerField(blank=True, help_text='from seeing the memes to the answer', null=True)),
                ('voided_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(choices=[('much_left', 'left is much better'), ('left', 'left is better'), ('tie', 'equally good'), ('right', 'right is better'), ('much_right', 'right is much better'), ('skip', 'skipped'), ('both_bad', 'both are bad'), ('cant_judge', 'cannot be judged')], max_length=10)),
                ('is_repeat', models.BooleanField(default=False)),
                ('axis', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rating.axis')),
                ('left', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='search.meme')),
                ('rater', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('right', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='search.meme')),
                ('candidate', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='comparisons', to='rating.paircandidate')),
            ],
        ),
        migrations.AddConstraint(
            model_name='axis',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Upper('name'), name='axis_once'),
        ),
        migrations.AddIndex(
            model_name='fourcandidate',
            index=models.Index(condition=models.Q(('answered_at', None)), fields=['rater', '-priority', 'id'], name='four_queue'),
        ),
        migrations.AddConstraint(
            model_name='fourcandidate',
            constraint=models.UniqueConstraint(fields=('rater', 'members'), name='four_once'),
        ),
        migrations.AddConstraint(
            model_name='fourcandidate',
            constraint=models.UniqueConstraint(fields=('token',), name='four_token'),
        ),
        migrations.AddIndex(
            model_name='choice',
            index=models.Index(condition=models.Q(('voided_at', None)), fields=['rater', '-answered_at', '-id'], name='choice_standing'),
        ),
        migrations.AddConstraint(
            model_name='choice',
            constraint=models.UniqueConstraint(fields=('rater', 'key', 'axis'), name='choice_key'),
        ),
        migrations.AddConstraint(
            model_name='choice',
            constraint=models.UniqueConstraint(condition=models.Q(('voided_at', None)), fields=('candidate', 'axis'), name='choice_once'),
        ),
        migrations.AddConstraint(
            model_name='choice',
            constraint=models.CheckConstraint(condition=models.Q(('best', None), ('best__lte', 4), _connector='OR'), name='choice_place'),
        ),
        migrations.AddConstraint(
            model_name='choice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('first', models.F('second')), _negated=True), models.Q(('first', models.F('third')), _negated=True), models.Q(('first', models.F('fourth')), _negated=True), models.Q(('second', models.F('third')), _negated=True), models.Q(('second', models.F('fourth')), _negated=True), models.Q(('third', models.F('fourth')), _negated=True)), name='choice_of_four'),
        ),
        migrations.AddIndex(
            model_name='paircandidate',
            index=models.Index(condition=models.Q(('answered_at', None)), fields=['rater', '-priority', 'id'], name='pair_queue'),
        ),
        migrations.AddConstraint(
            model_name='paircandidate',
            constraint=models.UniqueConstraint(models.F('rater'), django.db.models.functions.comparison.Least('left', 'right'), django.db.models.functions.comparison.Greatest('left', 'right'), models.F('is_repeat'), name='pair_once'),
        ),
        migrations.AddConstraint(
            model_name='paircandidate',
            constraint=models.UniqueConstraint(fields=('token',), name='pair_token'),
        ),
        migrations.AddConstraint(
            model_name='paircandidate',
            constraint=models.CheckConstraint(condition=models.Q(('left', models.F('right')), _negated=True), name='pair_of_two'),
        ),
        migrations.AddIndex(
            model_name='comparison',
            index=models.Index(condition=models.Q(('voided_at', None)), fields=['rater', '-answered_at', '-id'], name='comparison_standing'),
        ),
        migrations.AddConstraint(
            model_name='comparison',
            constraint=models.UniqueConstraint(fields=('rater', 'key', 'axis'), name='comparison_key'),
        ),
        migrations.AddConstraint(
            model_name='comparison',
            constraint=models.UniqueConstraint(models.F('rater'), models.F('axis'), django.db.models.functions.comparison.Least('left', 'right'), django.db.models.functions.comparison.Greatest('left', 'right'), models.F('is_repeat'), condition=models.Q(('voided_at', None)), name='comparison_once'),
        ),
        migrations.AddConstraint(
            model_name='comparison',
            constraint=models.CheckConstraint(condition=models.Q(('left', models.F('right')), _negated=True), name='comparison_of_two'),
        ),
        migrations.AddConstraint(
            model_name='comparison',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['much_left', 'left', 'tie', 'right', 'much_right', 'skip', 'both_bad', 'cant_judge'])), name='comparison_outcome'),
        ),
    ]
