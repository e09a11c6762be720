"""`manage.py train_concepts`: learn the concepts of the library now, with a progress bar."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from search import spaces
from search.concepts import claims, learning, reading
from search.models import ConceptModel
from search.sae import Schedule, Step


class Command(BaseCommand):
    help = (
        "Learn what concepts there are in the library, from the vectors that it is searched by. Stopped, it goes on where it "
        "was the next time; until it is done the old concepts stay in use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-due", action="store_true", help="only if there are none, or the library has grown")

        parser.add_argument("--steps", type=int, help="so many instead of what suits the library")

    def handle(self, *args: Any, **options: Any) -> None:
        space = spaces.active()
        if space is None:
            raise CommandError("Nothing here has been read yet: concepts are learned from the vectors of memes.")
        if options["if_due"] and not claims.is_due(space):
            self.stdout.write("Nothing is due.")
            return
        try:
            asked = claims.ask(space)
        except claims.TooFew as error:
            raise CommandError(str(error)) from error
        self._learn(options["steps"])
        done = ConceptModel.objects.filter(pk=asked.pk).first()
        if done is None or done.state != ConceptModel.State.ACTIVE:
            reason = done.fault if done is not None and done.fault else "Another worker is at it."
            raise CommandError(f"No concepts were learned. {reason}")
        named = reading.of(done).exclude(name="").count()
        self.stdout.write(
            f"{reading.of(done).count()} concepts of {done.memes} memes, {named} with a name; "
            f"{done.facts['unexplained']:.0%} of the variance is unexplained, {done.facts['dead']:.0%} of latents are dead."
        )

    def _learn(self, steps: int | None) -> None:
        with tqdm(unit="step", desc="learning") as bar:

            def show(step: Step, schedule: Schedule) -> None:
                bar.total, bar.n = schedule.steps, step.number + 1
                if step.number % 20 == 0 or bar.n == bar.total:
                    bar.set_postfix(loss=f"{step.loss:.3f}", dead=f"{step.dead_share:.0%}")

            schedule = None if steps is None else Schedule(steps=max(1, steps))
            while learning.learn_next(learning.Turn(schedule=schedule, on_step=show)):
                pass
