"""The small grammar that puts words on the pictures of the demo."""

import random
from collections.abc import Sequence

from mse_site.demo.glyphs import by_name

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
            "it was worth it", "no thoughts, just vibes", "well, that escalated", "no further questions",
            "ask me how i know", "it is what it is", "close enough", "and now we wait")  # fmt: skip
OPENERS = ("when {moment} starts", "{actor} on {moment}", "that feeling of {deed}", "{actor} after {moment}",
           "nobody:\n{actor}:", "{actor} {deed}", "pov: {deed}", "{moment} be like")  # fmt: skip
ABOUT_THINGS = (
    "i trust this {thing} with my life", "this {thing} knows what you did", "nobody:\nthe {thing} at 3 am:",
    "one does not simply ignore the {thing}", "me explaining the {thing} to grandma", "be the {thing} you want to see",
    "the {thing} was in us all along", "day 40: the {thing} suspects nothing", "you vs the {thing} she told you about",
    "who invited the {thing}", "a {thing} would never do this to me", "in case of {moment} use {thing}",
)  # fmt: skip
# What is said about a face, or anything else with a mood, by the broader words that it goes under.
MOODS = {
    "happy": ("when the meeting is cancelled", "finding money in an old coat", "it compiled on the first try"),
    "sad": ("when the series ends", "seeing the price of tomatoes", "the wifi went down again"),
    "angry": ("when the printer says no", "someone ate my lunch", "they moved the deadline forward"),
    "tired": ("after one email", "me at two in the afternoon", "five more minutes, every hour"),
    "sick": ("i should not have eaten that", "the milk was from april", "day two of the cruise"),
    "fear": ("we need to talk, said my boss", "hearing a noise in the empty house", "who set the clock forward"),
    "shocked": ("the bill for one salad", "when the plot twist lands", "reading my own old posts"),
    "love": ("seeing a dog from the bus", "when the food arrives", "fresh sheets on a sunday"),
    "doubt": ("was the door locked or not", "is it tuesday or just raining", "reading my own code from may"),
    "cool": ("ordering without looking at the menu", "walking away from the group chat"),
    "sleep": ("dreaming of the weekend", "me during the safety briefing"),
}  # fmt: skip
TITLES_OF_POSTS = ("found this one in my camera roll", "it had to be said", "me, every week", "i will not explain this",
                   "my sister sent me this", "no context needed", "how is this so accurate", "made this at work",
                   "a classic", "you know the feeling", "for the collection", "too real")  # fmt: skip


def write_line(names: Sequence[str], rng: random.Random) -> str:
    """One line: for the mood of what is drawn if it has one, about one of the things, or about nothing in particular."""
    moods = sorted({word for name in names for word in by_name()[name].keywords if word in MOODS})
    drawn = rng.random()
    if moods and drawn < 0.6:
        return rng.choice(MOODS[rng.choice(moods)])
    if names and drawn < 0.8 and rng.random() < 0.4:
        return rng.choice(ABOUT_THINGS).format(thing=rng.choice(names), moment=rng.choice(MOMENTS))
    return rng.choice(OPENERS).format(moment=rng.choice(MOMENTS), actor=rng.choice(ACTORS), deed=rng.choice(DEEDS))


def write_words(layout: str, names: Sequence[str], rng: random.Random) -> tuple[str, ...]:
    """The words of one picture, as many as its layout has room for; most do not say what is drawn."""
    match layout:
        case "macro":
            ending = rng.choice(VERDICTS) if rng.random() < 0.7 else ""
            return (write_line(names, rng), ending) if rng.random() < 0.85 else ("", ending or rng.choice(VERDICTS))
        case "reaction":
            return (write_line(names, rng),)
        case "comparison":
            moments = rng.sample(MOMENTS, 2)
            return rng.choice(((f"before {moments[0]}", f"after {moments[0]}"), ("expectation", "reality"),
                               ("what they see", "what i see"), (moments[0], moments[1]), ("", "")))  # fmt: skip
        case "labels":
            return tuple(rng.sample((*ACTORS, *MOMENTS), len(names)))
        case "poster":
            return (rng.choice(TITLES), f"{rng.choice(ACTORS)} {rng.choice(DEEDS)}")
    return ()


def write_title(names: Sequence[str], places: Sequence[str], rng: random.Random) -> str:
    """What a post is called; one in three says what is in the picture."""
    if not names or rng.random() < 0.65:
        return rng.choice(TITLES_OF_POSTS).capitalize()
    shapes = ["The {} speaks for all of us", "{} of the day", "Nothing but respect for this {}"]
    if places:
        shapes.append("{} seen in the wild: {place}")
    title = rng.choice(shapes).format(rng.choice(names), place=rng.choice(places) if places else "")
    return title[0].upper() + title[1:]
