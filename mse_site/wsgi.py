"""The web process."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mse_site.settings")
application = get_wsgi_application()

# The workers are forked from here. What every page needs is loaded once for all of them, and is left out when garbage is
# collected: going through it takes 190 ms, while somebody waits.
resolve("/")
gc.collect()
gc.freeze()
