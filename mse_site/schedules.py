"""How often each sweep runs; changed later in the administration, where beat keeps them."""

from datetime import timedelta
from typing import Any

# Seconds. Whoever makes work nudges the next stage; these find what was missed.
SWEEPS = {
    "search": {
        "derive_media": 10,
        "read_texts": 10,
        "embed_memes": 10,
        "score_nsfw": 60,
        "compare_memes": 30,
        "learn_concepts": 30,
        "see_concepts": 30,
        "keep_postgres_index": 600,
        "prune_changes": 3600,
        "purge_trash": 3600,
        "keep_jobs": 60,
        "forget_old_pictures": 86_400,
        "forget_old_concepts": 86_400,
    },
    "rating": {
        "learn_basis": 60,
        "learn_tastes": 600,
        "train_deep_tastes": 600,
        "score_memes": 60,
        "fill_queues": 60,
        "export_collections": 600,
        "train_popularity": 6 * 3600,
        "forget_old_deep_tastes": 86_400,
    },
}

# For the workers that load networks.
WITH_GPU = (
    "search.tasks.embed_memes", "search.tasks.score_nsfw", "search.tasks.learn_concepts", "search.tasks.see_concepts",
    "search.tasks.forget_old_concepts", "rating.tasks.train_deep_tastes", "rating.tasks.train_popularity",
)  # fmt: skip

# Texts of a large library take hours. Whatever else comes to the same workers, such as learning a taste, goes before it.
LAST = 9
ROUTES: dict[str, dict[str, Any]] = {
    **{task: {"queue": "gpu"} for task in WITH_GPU},
    "search.tasks.read_texts": {"queue": "default", "priority": LAST},
}

# A sweep that waited longer than its interval has been overtaken by the next one.
BEAT: dict[str, dict[str, Any]] = {
    name: {"task": f"{app}.tasks.{name}", "schedule": timedelta(seconds=seconds), "options": {"expires": seconds}}
    for app, sweeps in SWEEPS.items()
    for name, seconds in sweeps.items()
}
