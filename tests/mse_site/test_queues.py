"""What is promised of every task: handed out once while it runs, given back when its worker dies, taken one at a time."""

from pathlib import Path

from celery import Task

from mse_site.celery import app
from mse_site.embedded.stack import StackConfig, gpu_worker
from search import job_kinds


def tasks() -> list[Task]:
    app.loader.import_default_modules()
    return [task for name, task in app.tasks.items() if not name.startswith("celery.")]


def test_no_task_may_run_so_long_that_it_is_handed_out_again_meanwhile() -> None:
    hidden_s = app.conf.broker_transport_options["visibility_timeout"]
    limits = {task.name: task.time_limit or app.conf.task_time_limit for task in tasks()}
    assert limits["search.tasks.keep_postgres_index"] > 24 * 3600
    assert {name: limit for name, limit in limits.items() if limit >= hidden_s} == {}


def test_every_task_is_warned_before_it_is_killed() -> None:
    for task in tasks():
        assert (task.soft_time_limit or app.conf.task_soft_time_limit) < (task.time_limit or app.conf.task_time_limit)


def test_what_a_dying_worker_held_is_given_back_and_none_takes_more_than_it_works_on(tmp_path: Path) -> None:
    assert all(task.acks_late and task.reject_on_worker_lost for task in tasks())
    assert app.conf.worker_prefetch_multiplier == 1
    assert gpu_worker(StackConfig(tmp_path, tmp_path)).command[-2:] == ("--pool", "solo")  # one process, one task


def test_every_kind_of_job_has_a_name_for_people_and_is_of_one_app() -> None:
    kinds = job_kinds.known()
    assert {"crawl", "media", "text", "embedding", "duplicates", "purge", "postgres_index", "deep_taste"} <= set(kinds)
    assert len({kind.label for kind in kinds.values()}) == len(kinds)
