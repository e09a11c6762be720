from mse_site.celery import app
from mse_site.schedules import BEAT, WITH_GPU
from search.tasks import TURN_S


def test_every_sweep_names_a_task_that_is_there() -> None:
    app.loader.import_default_modules()
    assert {row["task"] for row in BEAT.values()} | set(WITH_GPU) <= set(app.tasks)


def test_what_loads_networks_is_sent_to_the_workers_for_it() -> None:
    assert {app.amqp.router.route({}, task)["queue"].name for task in WITH_GPU} == {"gpu"}
    assert app.amqp.router.route({}, "rating.tasks.score_memes")["queue"].name == "default"


def test_reading_texts_gives_way_before_what_waits_meanwhile_has_expired() -> None:
    quick = [row["options"]["expires"] for row in BEAT.values() if row["task"].startswith("rating.")]
    assert min(quick) >= 2 * TURN_S
