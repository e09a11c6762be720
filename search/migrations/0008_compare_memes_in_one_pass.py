"""Record changes of many memes in one pass over them."""

from django.db import migrations

# A join of the rows before and after, planned for one row and kept for the session, compares every row with every other:
# 5,000 memes took six seconds.
FORWARDS = """
CREATE OR REPLACE FUNCTION search_record_meme_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_embeddingchange (meme_id)
        SELECT id FROM (SELECT id, state FROM after EXCEPT ALL SELECT id, state FROM before) changed;
    IF FOUND THEN
        PERFORM pg_notify('mse_embeddings', '');
    END IF;
    RETURN NULL;
END $$;
"""

BACKWARDS = """
CREATE OR REPLACE FUNCTION search_record_meme_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_embeddingchange (meme_id)
        SELECT a.id FROM before AS b JOIN after AS a ON a.id = b.id WHERE a.state <> b.state;
    IF FOUND THEN
        PERFORM pg_notify('mse_embeddings', '');
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0007_date_memes_by_sightings")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
