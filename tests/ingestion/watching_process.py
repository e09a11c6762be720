"""Watch a folder that is to be source 7 until something changes in it, and print that number."""

import os
import sys
import threading
from pathlib import Path

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mse_site.settings")
    django.setup()
    from ingestion import watching

    stop = threading.Event()

    def tell(source_id: int) -> None:
        print(source_id, flush=True)
        stop.set()

    pace = watching.Pace(look_again_s=0.2, poll_s=0.1, gather_s=0.1)
    watching.watch(tell, stop, pace, lambda: {Path(sys.argv[1]): 7})


if __name__ == "__main__":
    main()
