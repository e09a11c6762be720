"""One stage in a process of its own: `python -m tests.search.stage_process media|text|embedding`."""

import os
import sys

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mse_site.settings")
    django.setup()
    from search import indexing

    stages = {"media": indexing.derive_media, "text": indexing.read_texts, "embedding": indexing.embed_memes}
    stages[sys.argv[1]]()


if __name__ == "__main__":
    main()
