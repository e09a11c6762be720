"""Waking the worker: what is put off is done soon, and where no broker answers nobody waits for it."""

import logging
import time

from celery import current_app
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

REST_S = 10.0  # a broker that did not answer is left alone: whoever chooses must not wait for it again and again
EXPIRES_S = 600.0
_resting_until = 0.0


def nudge(task: str, *args: object, expires_s: float = EXPIRES_S) -> bool:
    """Have the task of that name in `rating.tasks` run soon. False without a broker; the sweeps find what is left to do.

    By name: activities stand below tasks.
    """
    global _resting_until
    if time.monotonic() < _resting_until:
        return False
    try:
        current_app.send_task(f"rating.tasks.{task}", args, retry=False, expires=expires_s)
    except OperationalError as error:
        _resting_until = time.monotonic() + REST_S
        log.warning("no broker to nudge: %s", error)
        return False
    return True
