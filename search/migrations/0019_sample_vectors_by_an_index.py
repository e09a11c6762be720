"""The sample of the vectors is read along an index: whoever needed it sorted all of them."""

from django.db import migrations, models

# `search.sidecar.background.hash_key` of the sidecar's keys.
FORWARDS = """
CREATE FUNCTION search_sample_hash(meme_id bigint, frame smallint) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (((meme_id * 256 + frame) % 2147483647 * 1181783497 % 2147483647)
            # (((meme_id * 256 + frame) % 2147483647 * 1181783497 % 2147483647) >> 15)) * 1082520049 % 2147483647
$$;
"""
BACKWARDS = "DROP FUNCTION search_sample_hash(bigint, smallint);"


class Migration(migrations.Migration):
    dependencies = [
        ("search", "0018_know_memes_by_address"),
    ]

    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.AddIndex(
            model_name="embedding",
            index=models.Index(
                models.F("space"),
                models.Func("meme", "frame", function="search_sample_hash", output_field=models.BigIntegerField()),
                name="embedding_sample",
            ),
        ),
    ]
