#!/usr/bin/env python
"""Run a command of the site."""

import os
import sys
from pathlib import Path


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mse_site.settings")
    if sys.argv[1:2] == ["demo"]:
        choose_demo()
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError

    from mse_site.env import BadSetting

    try:
        execute_from_command_line(sys.argv)
    except BadSetting as error:
        sys.exit(f"Bad setting: {error}")
    except OperationalError as error:
        sys.exit(
            f"The database does not answer: {error}\nIs the site running? `make run` starts it; `manage.py doctor` looks."
        )


def choose_demo() -> None:
    """A data folder and an encoder of its own, so that the demo never mixes with anybody's own library."""
    here = Path(__file__).resolve().parent
    os.environ.setdefault("MSE_DATA_DIR", str(here / "data" / "demo"))
    if (here / "mse_site/demo/model/open_clip_model.safetensors").exists():
        os.environ.setdefault("MSE_ENCODER", f"openclip:local-dir:{here / 'mse_site/demo/model'}")


if __name__ == "__main__":
    main()
