"""Triggers that write the feed the sidecar follows, so that no writer can forget to."""

from django.db import migrations

# Statement-level with transition tables: a bulk load of a million vectors writes its changes in one statement.
FORWARDS = """
ALTER TABLE search_embeddingchange ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX change_xid ON search_embeddingchange (xid);  -- the sidecar asks for everything since a transaction

CREATE FUNCTION search_record_embedding_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_embeddingchange (meme_id) SELECT DISTINCT meme_id FROM touched;
    IF FOUND THEN
        PERFORM pg_notify('mse_embeddings', '');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER embedding_inserted AFTER INSERT ON search_embedding
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION search_record_embedding_change();
CREATE TRIGGER embedding_updated AFTER UPDATE ON search_embedding
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION search_record_embedding_change();
CREATE TRIGGER embedding_deleted AFTER DELETE ON search_embedding
    REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION search_record_embedding_change();

CREATE FUNCTION search_record_meme_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_embeddingchange (meme_id)
        SELECT a.id FROM before AS b JOIN after AS a ON a.id = b.id WHERE a.state <> b.state;
    IF FOUND THEN
        PERFORM pg_notify('mse_embeddings', '');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER meme_changed AFTER UPDATE ON search_meme
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION search_record_meme_change();

CREATE FUNCTION search_notify_spaces() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('mse_spaces', '');
    RETURN NULL;
END $$;

CREATE TRIGGER space_changed AFTER INSERT OR UPDATE OR DELETE ON search_embeddingspace
    FOR EACH STATEMENT EXECUTE FUNCTION search_notify_spaces();
"""

BACKWARDS = """
DROP TRIGGER space_changed ON search_embeddingspace;
DROP FUNCTION search_notify_spaces;
DROP TRIGGER meme_changed ON search_meme;
DROP FUNCTION search_record_meme_change;
DROP TRIGGER embedding_deleted ON search_embedding;
DROP TRIGGER embedding_updated ON search_embedding;
DROP TRIGGER embedding_inserted ON search_embedding;
DROP FUNCTION search_record_embedding_change;
ALTER TABLE search_embeddingchange DROP COLUMN xid;
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
