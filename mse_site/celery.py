"""The work queues: `celery -A mse_site worker`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mse_site.settings")
app = Celery("mse_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
