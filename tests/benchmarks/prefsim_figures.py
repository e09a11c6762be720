"""The figures of the taste benchmark, section by section."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from rich.console import Console
from rich.progress import track

from rating.bayes import Answers, fit, prior_alone
from rating.ensemble.crossing import cross_validate, outside
from rating.ensemble.model import Config
from rating.ensemble.split import FOLDS, fold
from rating.ensemble.train import ON_DIRECTIONS, Examples, train
from tests.benchmarks.prefsim import POOL, Array, random_pairs
from tests.benchmarks.prefsim_crowd import People
from tests.benchmarks.prefsim_reference import fit_reference, reference_scores
from tests.benchmarks.prefsim_tastes import Subject, asked, by_fours, by_levels, first, learned, next_pairs
from tests.benchmarks.report import Figure, figure

# After so many random pairs: accuracy, AUROC.
LEARNED = {100: (0.610, 0.685), 300: (0.650, 0.755), 1000: (0.695, 0.815), 1500: (0.705, 0.830)}
MOST, CALIBRATED_FROM = 1500, 300
SMOOTHED = 5  # batches over which the accuracy of chosen questions is averaged


@dataclass(frozen=True)
class Size:
    raters: int = 6
    draws: int = 5  # of random pairs for each rater
    asked_raters: int = 12
    reference_pairs: int = 1000
    early_pairs: int = 100
    reference_s: float = 100  # of processor time, after which the original is not trained for one more rater
    worlds: int = 3
    repeats: int = 30
    skipped: tuple[str, ...] = ()
    left_out: str = ""

    @classmethod
    def quick(cls) -> Size:
        left_out = "the reference, chosen questions, curation, people together, and all but two raters"
        skipped = ("reference", "questions", "curation", "people")
        return cls(raters=2, draws=1, repeats=10, skipped=skipped, left_out=left_out)

    def with_raters(self, raters: int) -> Size:
        return replace(self, raters=raters, asked_raters=raters, worlds=min(self.worlds, raters))


def _numbers(count: int) -> Iterator[int]:
    """From 0, with a bar for whoever waits."""
    yield from track(range(count), "", console=Console(stderr=True), transient=True)


def pairs(size: Size) -> list[Figure]:
    """Random pairs, two-level answers."""
    counts = list(LEARNED)
    subjects = (Subject.numbered(seed) for seed in range(size.raters))
    found = np.asarray([_learning(one, counts) for one in subjects for _ in range(size.draws)])
    accuracy, auroc, off = found.mean(0).tolist()
    figures = []
    for place, (count, (least, least_auroc)) in enumerate(LEARNED.items()):
        figures.append(figure(f"accuracy after {count} random pairs", accuracy[place], "", bound=f">= {least}"))
        figures.append(figure(f"AUROC after {count} random pairs", auroc[place], "", bound=f">= {least_auroc}"))
        if count >= CALIBRATED_FROM:
            figures.append(figure(f"calibration error after {count}", off[place], "", bound="<= 0.03"))
    return figures


def _learning(subject: Subject, counts: list[int]) -> Array:
    """(3, counts): accuracy, AUROC, calibration error."""
    tastes = learned(subject, subject.random_answers(counts[-1]), counts)
    measures = (subject.accuracy, subject.auroc, subject.calibration_error)
    return np.asarray([[measured(taste) for taste in tastes] for measured in measures])


@dataclass(frozen=True)
class Beside:
    """What one rater's answers taught our taste and the original, and the processor time of each."""

    accuracy: float
    auroc: float
    fit_s: float
    their_accuracy: float
    their_auroc: float
    their_fit_s: float


def reference(size: Size) -> list[Figure]:
    """The same answers learned by the original and by ours; of many answers by as many raters as there is time for."""
    torch.set_num_threads(1)
    early = [_beside_reference(seed, size.early_pairs) for seed in _numbers(size.raters)]
    rows = list[Beside]()
    while len(rows) < size.raters and sum(row.their_fit_s for row in rows) < size.reference_s:
        rows.append(_beside_reference(len(rows), size.reference_pairs))
    theirs, few = _mean(row.their_accuracy for row in rows), _mean(row.their_auroc for row in early)
    return [
        figure(f"AUROC after {size.early_pairs}, less the original's {few:.4f}", _mean(row.auroc for row in early) - few, ""),
        figure("raters whose answers the original learned", len(rows), f"of {size.raters}"),
        figure(
            f"accuracy after {size.reference_pairs}, less the original's {theirs:.4f}",
            _mean(row.accuracy for row in rows) - theirs, "", bound=">= -0.005",
        ),
        figure(
            "original's time to fit, to ours", _mean(row.their_fit_s for row in rows), "s",
            reference=_mean(row.fit_s for row in rows), bound=">= 1000",
        ),
    ]  # fmt: skip


def _mean(values: Iterable[float]) -> float:
    return statistics.fmean(values)


def _beside_reference(seed: int, count: int) -> Beside:
    subject = Subject.numbered(seed)
    left, right = random_pairs(subject.rater.rng, count)
    targets = subject.rater.prefers_left(left, right)
    answers = subject.answered(left, right, targets)
    prior, started = prior_alone(answers), time.thread_time()
    taste = fit(answers, prior)
    ours_s, started = time.thread_time() - started, time.process_time()
    model = fit_reference(subject.world.vectors, left, right, targets, seed)
    theirs_s = time.process_time() - started
    scores, test = reference_scores(model, subject.world.vectors), subject.rater.test
    return Beside(
        subject.accuracy(taste), subject.auroc(taste), ours_s, test.accuracy(scores), test.auroc(scores), theirs_s
    )


def deep(size: Size) -> list[Figure]:
    """The ensemble of small networks on top of the instant taste, cross-validated by meme and then trained on all answers,
    beside the instant taste alone."""
    torch.set_num_threads(1)
    rows = np.asarray([_beside_instant(Subject.numbered(seed), 1000) for seed in range(size.raters)])
    deep_accuracy, instant, taken_s, epochs = rows.mean(0).tolist()
    return [
        figure("deep taste: accuracy after 1000, to the instant one's", deep_accuracy, "", reference=instant),
        figure("deep taste: training, with its cross-validation", taken_s, "s"),
        figure("deep taste: epochs until it was best", epochs, ""),
    ]


def _beside_instant(subject: Subject, count: int) -> tuple[float, float, float, float]:
    left, right = random_pairs(subject.rater.rng, count)
    targets = subject.rater.prefers_left(left, right)
    examples = Examples(subject.features[:POOL], left, right, np.zeros(count, np.intp), targets)
    config, started = Config(subject.features.shape[1], ("useful",)), time.process_time()
    folds = np.asarray([fold(str(meme), FOLDS) for meme in range(POOL)])
    kept = [fit(_told(subject, examples.only(outside(examples, folds, part))), subject.prior) for part in range(FOLDS)]
    without = {part: taste.mean[:, None] for part, taste in enumerate(kept)}
    instant = fit(_told(subject, examples), subject.prior)
    epochs = cross_validate(
        config, examples, folds, np.ones(count, bool), directions=without, schedule=ON_DIRECTIONS
    ).epochs
    whole = replace(ON_DIRECTIONS, blind_epochs=epochs)
    model = train(config, examples, directions=instant.mean[:, None], schedule=whole).model
    taken_s = time.process_time() - started
    scores = model.scores(torch.as_tensor(subject.features))[0][:, 0].double().numpy()
    return subject.rater.test.accuracy(scores), subject.accuracy(instant), taken_s, epochs


def _told(subject: Subject, examples: Examples) -> Answers:
    return subject.answered(examples.left, examples.right, examples.targets)


def latency(size: Size) -> list[Figure]:
    subject = Subject.numbered(0)
    answers = subject.random_answers(MOST + size.repeats)
    learned_from, prior = first(answers, MOST), subject.prior
    taste, rng = fit(learned_from, prior), np.random.default_rng(0)
    new = zip(answers.pairs[MOST:], answers.targets[MOST:], strict=True)
    timings = {
        (f"refit at {MOST} answers, from nothing, p50", 50): [
            _timed_ms(fit, learned_from, prior) for _ in range(size.repeats)
        ],
        ("one-answer update, p50", 3): [_timed_ms(taste.with_pair, *one) for one in new],
        ("next pairs from 16,384, p50", 300): [
            _timed_ms(next_pairs, subject, taste, "epig", rng) for _ in range(size.repeats)
        ],
    }
    return [each for (name, most), taken in timings.items() for each in _timing(name, most, taken)]


def _timing(name: str, most: int, taken: list[tuple[float, float]]) -> list[Figure]:
    processor, clock = (statistics.median(column) for column in zip(*taken, strict=True))
    return [figure(name, processor, "ms", bound=f"<= {most}"), figure(f"{name}, by the clock", clock, "ms")]


def _timed_ms(work: Callable[..., object], *inputs: object) -> tuple[float, float]:
    """Of this thread's processor time, and of the clock."""
    used, started = time.thread_time(), time.perf_counter()
    work(*inputs)
    return (time.thread_time() - used) * 1000, (time.perf_counter() - started) * 1000


def questions(size: Size) -> list[Figure]:
    """How many chosen questions it takes to know as much as after MOST random ones."""
    chosen, random = [], []
    for seed in _numbers(size.asked_raters):
        subject = Subject.numbered(seed)
        random += [subject.accuracy(fit(subject.random_answers(MOST), subject.prior)) for _ in range(size.draws)]
        chosen.append(asked(subject, "epig", MOST)[0])
    curve = np.convolve(np.mean(chosen, 0), np.ones(SMOOTHED) / SMOOTHED, "valid")
    batches = np.flatnonzero(curve >= np.mean(random))
    needed = (batches[0] + SMOOTHED) * 16 if len(batches) else np.inf
    return [
        figure(f"answers that reach what {MOST} random pairs do", float(needed), "", bound="<= 1200"),
        figure(f"accuracy after {MOST} chosen pairs", float(curve[-1]), "", reference=float(np.mean(random))),
    ]


def curation(size: Size) -> list[Figure]:
    aimed, random = [], []
    for seed in _numbers(size.raters):
        subject = Subject.numbered(seed)
        for _ in range(size.draws):
            random.append(subject.precision_at_100(fit(subject.random_answers(MOST), subject.prior)))
        aimed.append(subject.precision_at_100(asked(subject, "epig", MOST, curating=True)[1]))
    gained = float(np.mean(aimed) - np.mean(random))
    return [
        figure(
            f"precision@100 after {MOST} aimed questions", float(np.mean(aimed)), "", reference=float(np.mean(random))
        ),
        figure("that, less random's", gained, "", bound=">= 0.04"),
    ]


def levels(size: Size) -> list[Figure]:
    subjects = (Subject.numbered(seed) for seed in range(size.raters))
    both = [[one.accuracy(taste) for taste in by_levels(one, 1000)] for one in subjects for _ in range(size.draws)]
    two, five = np.mean(both, 0).tolist()
    return [figure(f"five-level answers after 1000, less two-level's {two:.4f}", five - two, "", bound=">= 0.004")]


def fours(size: Size) -> list[Figure]:
    subjects = (Subject.numbered(seed) for seed in range(size.raters))
    found = [one.accuracy(by_fours(one, 300)) for one in subjects for _ in range(size.draws)]
    return [figure("best of four: accuracy after 300 clicks", float(np.mean(found)), "", bound=">= 0.675")]


def people(size: Size) -> list[Figure]:
    """Twenty people in one world."""
    sharing = [People.drawn(world, shared=0.5, answers=300) for world in _numbers(size.worlds)]
    strangers = [People.drawn(world, shared=0.0, answers=100) for world in range(size.worlds)]
    newcomer = np.mean([crowd.newcomers() for crowd in sharing])
    few, many = (
        [(crowd.first(count).together(), crowd.first(count).alone()) for crowd in sharing] for count in (30, 100)
    )
    lost = [(crowd.first(count).alone(), crowd.first(count).together()) for count in (30, 100) for crowd in strangers]
    (few_together, few_alone), (many_together, many_alone) = np.mean(few, 0).tolist(), np.mean(many, 0).tolist()
    return [
        figure("newcomer, 19 others with 300 answers, half shared", float(newcomer), "", bound=">= 0.635"),
        figure("30 answers each, half shared", few_together, "", bound=">= 0.605"),
        figure(f"that, less each alone {few_alone:.4f}", few_together - few_alone, "", bound=">= 0.03"),
        figure("100 answers each, half shared", many_together, "", bound=">= 0.64"),
        figure("that to each alone", many_together, "", reference=many_alone),
        figure(
            "nothing shared: lost against each alone",
            float(np.mean(np.subtract(*np.transpose(lost)))),
            "",
            bound="<= 0.007",
        ),
    ]


SECTIONS: dict[str, Callable[[Size], list[Figure]]] = {
    "pairs": pairs,
    "reference": reference,
    "deep": deep,
    "latency": latency,
    "questions": questions,
    "curation": curation,
    "levels": levels,
    "fours": fours,
    "people": people,
}
