"""Read settings from environment variables, strictly: junk is refused with the name of the variable."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})


class BadSetting(Exception):
    """A variable holds something that cannot be meant; the message names it and says what is allowed."""


class Environment:
    """Typed access to one mapping of variables; an empty value counts as unset."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self._variables = os.environ if variables is None else variables

    def raw(self, name: str) -> str | None:
        """The value of `name`, or the content of the file that `name`_FILE points to; None when neither is set."""
        value = self._variables.get(name, "").strip()
        path = self._variables.get(f"{name}_FILE", "").strip()
        if value and path:
            raise BadSetting(f"{name} and {name}_FILE are both set: keep one of them.")
        if not path:
            return value or None
        try:
            return Path(path).read_text(encoding="utf-8").strip() or None
        except (OSError, ValueError) as error:  # ValueError: not text, or a path that no file can have
            raise BadSetting(f"{name}_FILE points to {path!r}, which cannot be read: {error}.") from error

    def text(self, name: str, default: str) -> str:
        value = self.raw(name)
        return default if value is None else value

    def flag(self, name: str, default: bool) -> bool:
        value = self.raw(name)
        if value is None:
            return default
        if value.lower() in TRUE_WORDS:
            return True
        if value.lower() in FALSE_WORDS:
            return False
        raise BadSetting(f"{name} is {value!r}; it must be yes or no.")

    def integer(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        value = self.raw(name)
        if value is None:
            return default
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", value) or not minimum <= int(value) <= maximum:
            raise BadSetting(f"{name} is {value!r}; it must be a whole number from {minimum} to {maximum}.")
        return int(value)

    def choice(self, name: str, default: str, allowed: Sequence[str]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise BadSetting(f"{name} is {value!r}; it must be one of: {', '.join(allowed)}.")
        return value

    def words(self, name: str, default: Sequence[str]) -> list[str]:
        """Comma-separated words."""
        value = self.raw(name)
        return list(default) if value is None else [word.strip() for word in value.split(",") if word.strip()]

    def time_zone(self, name: str, default: str) -> str:
        value = self.text(name, default)
        if value not in available_timezones():
            raise BadSetting(f"{name} is {value!r}; it must be the name of a time zone, such as Europe/Berlin.")
        return value

    def path(self, name: str, default: Path) -> Path:
        value = self.raw(name)
        try:
            return default if value is None else Path(value).expanduser().absolute()
        except RuntimeError as error:
            raise BadSetting(f"{name} is {value!r}: there is no such user.") from error

    def url(self, name: str, schemes: Sequence[str]) -> str | None:
        value = self.raw(name)
        if value is None:
            return None
        try:
            scheme = urlsplit(value).scheme
        except ValueError as error:
            raise BadSetting(f"{name} is not an address: {error}.") from error
        if scheme not in schemes:
            raise BadSetting(f"{name} must start with {' or '.join(f'{s}://' for s in schemes)}.")
        return value

    def bind(self, name: str, default: str) -> str:
        """An address to listen on, HOST:PORT; IPv6 hosts in brackets."""
        value = self.text(name, default)
        match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})", value)
        if match is None or not 1 <= int(match[2]) <= 65535:
            raise BadSetting(f"{name} is {value!r}; it must look like 127.0.0.1:8000.")
        return value

    def json_object(self, name: str, default: dict[str, object]) -> dict[str, object]:
        value = self.raw(name)
        if value is None:
            return default
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise BadSetting(f"{name} is not JSON: {error}.") from error
        if not isinstance(parsed, dict):
            raise BadSetting(f"{name} must be a JSON object such as {{}}.")
        return parsed
