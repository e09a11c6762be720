"""Run as a script: supervise tiny processes on a data folder until a signal asks to stop.

python -m tests.mse_site.embedded.small_site DATA_DIR [NAME=CODE ...] prints one line for each event.
"""

import sys
from pathlib import Path

from mse_site.embedded.running import supervised
from mse_site.embedded.supervisor import Event, StopRequested
from tests.mse_site.embedded.conftest import python


def tell(event: Event) -> None:
    print(event.what, event.service, flush=True)


def main(data_dir: str, *services: str) -> None:
    with supervised(Path(data_dir), tell=tell) as supervisor:
        try:
            for service in services:
                name, _, code = service.partition("=")
                supervisor.start([python(name, code, stop_timeout_s=60.0)])
            print("up", flush=True)
            supervisor.run()
        except StopRequested:
            print("stop requested", flush=True)
    print("end", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
