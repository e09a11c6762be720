"""The small grammar that puts words on the pictures of the demo."""

import random

MOMENTS = (
    "monday morning", "the weekend", "the last meeting of the day", "the group project", "my first day",
    "the family reunion", "three in the morning", "the exam", "the deadline", "payday", "the dentist",
    "the code review", "laundry day", "the long drive", "the house party", "the gym in january",
)  # fmt: skip
ACTORS = ("me", "my brain", "my bank account", "my landlord", "the intern", "my neighbour", "my boss", "grandma",
          "the teacher", "everyone else", "my flatmate", "future me", "the algorithm", "nobody")  # fmt: skip
DEEDS = (
    "pretending everything is fine", "doing it for free", "asking for more snacks", "leaving five minutes early",
    "explaining it one more time", "waiting for the reply", "reading the terms and conditions",
    "turning it off and on again", "saying just one more episode", "looking for the other sock",
    "eating cereal at midnight", "missing the last bus", "restarting the router", "blaming the weather",
)  # fmt: skip
TITLES = ("ambition", "teamwork", "patience", "courage", "focus", "success", "friendship", "silence", "progress",
          "wisdom", "balance", "adventure", "honesty", "leadership", "persistence")  # fmt: skip
VERDICTS = ("every single time", "and i regret nothing", "works as intended", "what could go wrong",
            "we do not talk about it", "ten out of ten", "this is fine", "send help", "legend",
            "it was worth it", "no thoughts, just vibes", "well, that escalated")  # fmt: skip
OPENERS = ("when {moment} starts", "{actor} on {moment}", "that feeling of {deed}", "{actor} after {moment}",
           "nobody:\n{actor}:", "{actor} {deed}", "pov: {deed}", "{moment} be like")  # fmt: skip


def write_line(rng: random.Random) -> str:
    """One line about nothing in particular."""
    return rng.choice(OPENERS).format(moment=rng.choice(MOMENTS), actor=rng.choice(ACTORS), deed=rng.choice(DEEDS))


def write_words(layout: str, names: list[str], rng: random.Random) -> tuple[str, ...]:
    """The words of one picture: what they say fits the layout, and only sometimes names what is drawn."""
    thing = rng.choice(names) if names else "it"
    is_about_thing = rng.random() < 0.35
    line = f"when the {thing} arrives" if is_about_thing else write_line(rng)
    match layout:
        case "macro":
            ending = rng.choice(VERDICTS) if rng.random() < 0.7 else ""
            return (line, ending) if rng.random() < 0.85 else ("", ending or rng.choice(VERDICTS))
        case "reaction":
            return (line,)
        case "comparison":
            moments = rng.sample(MOMENTS, 2)
            return rng.choice(((f"before {moments[0]}", f"after {moments[0]}"), ("expectation", "reality"),
                               ("what they see", "what i see"), (moments[0], moments[1]), ("", "")))  # fmt: skip
        case "labels":
            return tuple(rng.sample((*ACTORS, *MOMENTS), len(names)))
        case "poster":
            return (rng.choice(TITLES), f"{rng.choice(ACTORS)} {rng.choice(DEEDS)}")
    return ()
