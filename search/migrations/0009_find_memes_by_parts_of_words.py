"""Find memes by parts of words, and by words that stand without spaces between them."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

# Neither function calls the other: a restored dump makes the index before it says where to look for functions.
#
# Six thousand characters are three pages; beyond them a picture is known by what it begins with.
# From U+2600 on, a character is a word of its own (Han, kana, Hangul, emoji), and where a line ends says nothing.
FORWARDS = r"""
CREATE FUNCTION search_folded(said text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100 AS $$
BEGIN
    said := replace(left(said, 6000), E'\n', ' ');
    IF octet_length(said) = char_length(said) THEN
        RETURN lower(said COLLATE "C");
    END IF;
    said := normalize(lower(normalize(said, NFKC)), NFD);
    said := normalize(regexp_replace(said, '[\u0300-\u036f]', '', 'g'), NFC);
    RETURN left(regexp_replace(said, '([\u2600-\U0010ffff])\s+(?=[\u2600-\U0010ffff])', '\1', 'g'), 6000);
END $$;

CREATE FUNCTION search_grams(folded text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
DECLARE
    letters text[] := string_to_array(folded, NULL);
    is_ascii boolean := octet_length(folded) = char_length(folded);
    grams text[] := '{}';
    letter text;
    one_before text := '';  -- '' after whatever takes no part in a gram of three
    two_before text := '';
    alone_before text := '';
BEGIN
    IF letters IS NULL THEN
        RETURN grams;
    END IF;
    FOREACH letter IN ARRAY letters LOOP
        IF ascii(letter) < 33 THEN
            one_before := ''; two_before := ''; alone_before := '';
        ELSIF is_ascii OR ascii(letter) < 9728 THEN
            IF two_before <> '' THEN
                grams := grams || (two_before || one_before || letter);
            END IF;
            two_before := one_before; one_before := letter; alone_before := '';
        ELSE
            grams := grams || letter;
            IF alone_before <> '' THEN
                grams := grams || (alone_before || letter);
            END IF;
            alone_before := letter; one_before := ''; two_before := '';
        END IF;
    END LOOP;
    RETURN grams;
END $$;
"""

BACKWARDS = """
DROP FUNCTION search_grams(text);
DROP FUNCTION search_folded(text);
"""

# Counting the commonest grams would take ANALYZE seconds, and would not make a plan better.
NO_STATISTICS = "ALTER INDEX meme_grams ALTER COLUMN 1 SET STATISTICS 0"


class Migration(migrations.Migration):
    dependencies = [("search", "0008_compare_memes_in_one_pass")]
    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.AddIndex(
            model_name="meme",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(
                    models.Func(
                        models.F("title"), models.Value("\x1f"), models.F("text"),
                        arg_joiner=" || ", function="search_folded", output_field=models.TextField(),
                    ),
                    function="search_grams",
                    output_field=django.contrib.postgres.fields.ArrayField(models.TextField()),
                ),
                gin_pending_list_limit=512,
                name="meme_grams",
            ),
        ),
        migrations.RunSQL(NO_STATISTICS, migrations.RunSQL.noop),
    ]
