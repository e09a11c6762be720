#!/usr/bin/env python
"""Run a command of the site."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mse_site.settings")
    from django.core.management import execute_from_command_line

    from mse_site.env import BadSetting

    try:
        execute_from_command_line(sys.argv)
    except BadSetting as error:
        sys.exit(f"Bad setting: {error}")


if __name__ == "__main__":
    main()
