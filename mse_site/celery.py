"""The work queues: `celery -A mse_site worker`."""

import os

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mse_site.settings")
app = Celery("mse_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def _look_for_work(**_: object) -> None:
    """What was left undone, and the encoder that the first meme will need, do not wait for beat's next round."""
    from search.tasks import nudge

    nudge()
