"""`manage.py simulate_rater USERNAME N`: a person of the drawn world answers N pairs, by the taste planted in them."""

import json
import random
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mse_site.demo.library import MANIFEST
from mse_site.demo.people import AXES, PEOPLE, Person, prefers_left, utility
from mse_site.demo.truth import Truth
from rating import comparisons, pairs
from rating.comparisons import Sent
from rating.models import Axis, PairCandidate
from rating.pairs import Asked
from rating.policies import POLICIES
from rating.pool import Pool
from search.locators import encode_path
from search.models import Sighting, Source

# Log-odds, at the person's own noise: below, two memes are as good as each other; above, one is much better.
TIE_BELOW, MUCH_ABOVE = 0.25, 3.0
BATCH = 16


class Command(BaseCommand):
    help = "Let a person of the demo answer pairs, so that there is something to learn from."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="whose answers they are; alice, bob and carol have tastes of their own")
        parser.add_argument("count", type=int)
        parser.add_argument("--axis", action="append", help="repeatable; default: the first one that is asked about")
        parser.add_argument("--person", help="whose taste it is, if it is not that of `username`")
        parser.add_argument("--policy", default="random", choices=sorted(POLICIES))
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        rater = User.objects.filter(username=options["username"]).first()
        if rater is None:
            raise CommandError(f"There is nobody called {options['username']}.")
        person = _person(options["person"] or options["username"])
        axes = _axes(options["axis"])
        truths = read_truths(settings.DATA_DIR / "library")
        rng = random.Random(f"{options['seed']}/{rater.pk}")
        asked = Asked(Pool(rater), options["policy"], axes)
        done = 0
        while done < options["count"]:
            pairs.fill(asked)  # nobody is waiting: what tells most is worth it
            taken = pairs.take(asked, "simulated", min(BATCH, options["count"] - done))
            if not taken:
                break
            for pair in taken:
                said = {axis.pk: say(person, axis.name, pair, truths, rng) for axis in axes}
                comparisons.answer(rater, pair.token, said, Sent(uuid.UUID(int=rng.getrandbits(128), version=4)))
            done += len(taken)
        self.stdout.write(f"{rater.username} answered {done} pairs on {', '.join(axis.name for axis in axes)}.")


def say(person: Person, axis: str, pair: PairCandidate, truths: Mapping[int, Truth], rng: random.Random) -> str:
    """One of the five answers; a meme that is not of the drawn world cannot be judged."""
    if pair.left_id not in truths or pair.right_id not in truths:
        return "cant_judge"
    left, right = truths[pair.left_id], truths[pair.right_id]
    margin = abs(utility(person, axis, left) - utility(person, axis, right)) / person.noise
    if margin < TIE_BELOW:
        return "tie"
    side = "left" if prefers_left(person, axis, left, right, rng) else "right"
    return f"much_{side}" if margin > MUCH_ABOVE else side


def read_truths(folder: Path) -> dict[int, Truth]:
    """What is really in the memes of the drawn library, by their ids."""
    try:
        listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["memes"]
    except FileNotFoundError as error:
        raise CommandError(f"There is no drawn library in {folder}: run `manage.py demo` first.") from error
    truths = {encode_path(record["path"]): _truth(record["truth"]) for record in listed}
    found = Sighting.objects.filter(source__kind=Source.Kind.FOLDER, locator__in=truths)
    return {meme: truths[locator] for meme, locator in found.values_list("meme", "locator")}


def _truth(record: dict[str, Any]) -> Truth:
    facts: dict[str, Any] = {name: tuple(said) if isinstance(said, list) else said for name, said in record.items()}
    return Truth(**facts)


def _person(name: str) -> Person:
    found = next((person for person in PEOPLE if person.username == name), None)
    if found is None:
        raise CommandError(
            f"{name} is nobody of the drawn world: --person is one of {', '.join(p.username for p in PEOPLE)}."
        )
    return found


def _axes(names: list[str] | None) -> list[Axis]:
    known = [axis for axis in Axis.objects.in_use() if axis.name in AXES]
    chosen = [axis for axis in known if axis.name in names] if names else known[:1]
    if not chosen or (names and len(chosen) != len(set(names))):
        raise CommandError(f"--axis is one of {', '.join(axis.name for axis in known) or 'none that are asked about'}.")
    return chosen
