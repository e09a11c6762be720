"""What a robots.txt asks of us (RFC 9309): the most specific rule wins, `*` and `$` mean something."""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote

MAX_BYTES = 512_000  # RFC 9309, 2.5: at least 500 KiB are read
MAX_RULES = 10_000
MAX_DELAY_S = 30.0  # hosts that ask for more are asked as rarely as this


@dataclass(frozen=True)
class Rules:
    """For one program. `rules` are (pattern, whether it allows); no rule means: welcome."""

    rules: tuple[tuple[str, bool], ...] = ()
    delay_s: float = 0.0

    def allow(self, target: str) -> bool:
        """`target` is a path with its query. The longest pattern that fits decides; of two, the one that allows."""
        target = _normal(target)
        fitting = [(len(pattern), allows) for pattern, allows in self.rules if _fits(pattern, target)]
        return max(fitting)[1] if fitting else True


def read(text: str, program: str) -> Rules:
    """The rules for `program`, the name before the slash of a user agent; else those for everybody."""
    groups = _groups(text.removeprefix("\ufeff"), {program.lower(), "*"})
    return groups.get(program.lower()) or groups.get("*") or Rules()


def _groups(text: str, wanted: Collection[str]) -> dict[str, Rules]:
    """By name, those of `wanted` alone: thousands of names before thousands of rules would be millions of pairs."""
    rules: dict[str, list[tuple[str, bool]]] = {}
    delays: dict[str, float] = {}
    names: set[str] = set()
    is_naming = False
    for line in text.splitlines()[:MAX_RULES]:
        key, _, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        key = key.lower()
        if key == "user-agent":
            name = value.lower().partition("/")[0]
            names = (names if is_naming else set()) | ({name} & set(wanted))
            is_naming = True
        elif key in ("allow", "disallow", "crawl-delay"):
            is_naming = False
        for name in names:
            found = rules.setdefault(name, [])
            if key == "crawl-delay":
                delays[name] = _seconds(value)
            elif key in ("allow", "disallow") and value:
                found.append((_normal(value), key == "allow"))
    return {name: Rules(tuple(found), delays.get(name, 0.0)) for name, found in rules.items()}


def _seconds(text: str) -> float:
    try:
        wanted = float(text)
    except ValueError:
        return 0.0
    return min(MAX_DELAY_S, wanted) if wanted > 0 else 0.0  # also for "nan"


def _normal(path: str) -> str:
    return quote(path, safe="%/?&=+:;,@!$*'()~[]-._")


def _fits(pattern: str, target: str) -> bool:
    """In linear time, whatever the pattern is: each part between stars is looked for where the last one ended."""
    is_whole = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not target.startswith(first):
        return False
    at = len(first)
    last = others.pop() if others else None
    for part in others:
        found = target.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if last is None:
        return not is_whole or at == len(target)
    if is_whole:
        return target.endswith(last) and len(target) - len(last) >= at
    return target.find(last, at) >= 0
