"""Triggers that keep a meme's date and best score level with its sightings, so that no writer can forget to."""

from django.db import migrations

# The rows are locked before the sightings are read: whoever waited here then sees what the other one committed. In the
# order of their ids, so that two who touch the same memes cannot wait for each other. A sighting that knows neither
# date nor score, as those of folders, touches nothing.
FORWARDS = """
CREATE FUNCTION search_date_memes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        touched := array(SELECT meme_id FROM after WHERE posted_at IS NOT NULL OR score IS NOT NULL);
    ELSIF TG_OP = 'DELETE' THEN
        touched := array(SELECT meme_id FROM before WHERE posted_at IS NOT NULL OR score IS NOT NULL);
    ELSE
        -- Not a join: planned for one row and kept for the session, it would be quadratic when many are updated.
        touched := array(
            SELECT meme_id FROM (SELECT id, meme_id, posted_at, score FROM before
                                 EXCEPT ALL SELECT id, meme_id, posted_at, score FROM after) was
             UNION
            SELECT meme_id FROM (SELECT id, meme_id, posted_at, score FROM after
                                 EXCEPT ALL SELECT id, meme_id, posted_at, score FROM before) became);
    END IF;
    IF cardinality(touched) = 0 THEN
        RETURN NULL;
    END IF;
    PERFORM FROM search_meme WHERE id = ANY(touched) ORDER BY id FOR NO KEY UPDATE;
    -- Materialised: the planner cannot know how many are touched, and would collect the sightings anew for each meme.
    WITH s AS MATERIALIZED (
        SELECT t.id, min(x.posted_at) AS posted_at, max(x.score) AS score
          FROM (SELECT DISTINCT unnest(touched) AS id) t LEFT JOIN search_sighting x ON x.meme_id = t.id
         GROUP BY t.id)
    UPDATE search_meme m SET dated_at = coalesce(s.posted_at, m.created_at), top_score = s.score
      FROM s
     WHERE m.id = s.id AND (m.dated_at, m.top_score) IS DISTINCT FROM (coalesce(s.posted_at, m.created_at), s.score);
    RETURN NULL;
END $$;

CREATE TRIGGER sighting_inserted AFTER INSERT ON search_sighting
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION search_date_memes();
CREATE TRIGGER sighting_updated AFTER UPDATE ON search_sighting
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION search_date_memes();
CREATE TRIGGER sighting_deleted AFTER DELETE ON search_sighting
    REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION search_date_memes();

UPDATE search_meme m SET dated_at = coalesce(s.posted_at, m.created_at), top_score = s.score
  FROM (SELECT n.id, min(x.posted_at) AS posted_at, max(x.score) AS score
          FROM search_meme n LEFT JOIN search_sighting x ON x.meme_id = n.id GROUP BY n.id) s
 WHERE m.id = s.id;
"""

BACKWARDS = """
DROP TRIGGER sighting_deleted ON search_sighting;
DROP TRIGGER sighting_updated ON search_sighting;
DROP TRIGGER sighting_inserted ON search_sighting;
DROP FUNCTION search_date_memes;
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0006_find_memes_by_facts")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
