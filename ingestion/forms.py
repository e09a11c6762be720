"""What curators say about a source: one form for each kind, and the same fields for when it is read."""

import os
import re
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery.schedules import ParseException
from django import forms
from django.conf import settings

from ingestion.crawlers import reddit, urls
from ingestion.fetch import FetchError, is_public
from ingestion.fetch.addresses import literal, parse
from ingestion.models import Subscription
from ingestion.scheduling import check_crontab
from ingestion.subscriptions import Wanted
from search.locators import encode_path, readable
from search.models import Source

Mode = Subscription.Mode
MODES = (
    (Mode.ADAPTIVE, "As often as it posts"),
    (Mode.INTERVAL, "At even intervals"),
    (Mode.CRONTAB, "At fixed times"),
    (Mode.MANUAL, "Only when somebody asks"),
)
# Minutes and their names; a source is asked at most every five, at least every four weeks.
INTERVALS = (
    (5, "5 minutes"), (15, "15 minutes"), (30, "30 minutes"), (60, "hour"), (120, "2 hours"), (240, "4 hours"),
    (480, "8 hours"), (720, "12 hours"), (1440, "day"), (2880, "2 days"), (10_080, "week"), (40_320, "4 weeks"),
)  # fmt: skip
NOT_SO = "Five fields with spaces between: minute, hour, day, month, weekday, such as 0 6 * * 1-5."
PLACES = re.compile(r"/?r/([A-Za-z0-9_+ ]{2,2000})/?")
MULTIREDDIT = re.compile(r"/?u(?:ser)?/([A-Za-z0-9_-]{3,20})/m/([A-Za-z0-9_]{2,50})/?")


def _interval(label: str, initial: int) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, choices=INTERVALS, coerce=int, initial=initial)


class SourceForm(forms.Form):
    """What all kinds have in common: `label` and `hint` are how the page offers one, `source` is what is to be changed."""

    kind: Source.Kind
    label: str
    hint: str

    name = forms.CharField(required=False, max_length=200, help_text="If you leave it empty, one is made up.")
    mode = forms.ChoiceField(label="Look for new ones", choices=MODES, initial=Mode.ADAPTIVE, widget=forms.RadioSelect)
    every_min = _interval("Every", 60)
    least_min = _interval("At most every", 15)
    most_min = _interval("At least every", 1440)
    crontab = forms.CharField(label="Times", required=False, max_length=100, help_text=NOT_SO)

    SCHEDULE = ("mode", "every_min", "least_min", "most_min", "crontab")

    def __init__(self, data: Any = None, *, source: Source | None = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial if source is None else initial_of(source))
        self.source = source

    def own_fields(self) -> list[forms.BoundField]:
        """Those of its kind, and the name."""
        names = [name for name in self.fields if name not in (*self.SCHEDULE, "name")]
        return [self[name] for name in (*names, "name")]

    def clean_crontab(self) -> str:
        text = " ".join(self.cleaned_data["crontab"].split())
        if not text and self.data.get("mode") != Mode.CRONTAB:
            return ""
        try:
            check_crontab(text)
        except (ParseException, ValueError) as error:
            raise forms.ValidationError(NOT_SO) from error
        return text

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("least_min") and given.get("most_min") and given["least_min"] > given["most_min"]:
            self.add_error("most_min", "This has to be the longer of the two.")
        return given

    def wanted(self) -> Wanted:
        """Of a valid form."""
        given = self.cleaned_data
        return Wanted(
            self.kind,
            self.root(),
            given["name"].strip() or self.made_up_name()[:200],
            self.options(),
            **{name: given[name] for name in self.SCHEDULE},
        )

    @staticmethod
    def shown(source: Source) -> dict[str, Any]:
        """What fields show that does not stand in the options."""
        return {}

    # Each kind of source below says what it is, what it is read with, and what to call it where nobody does.
    def root(self) -> str:
        raise NotImplementedError  # a form of no kind is never shown

    def options(self) -> dict[str, Any]:
        raise NotImplementedError  # as above

    def made_up_name(self) -> str:
        raise NotImplementedError  # as above


def initial_of(source: Source) -> dict[str, Any]:
    """What the form of a source says before anybody changes it."""
    subscription = Subscription.objects.get_or_create(source=source)[0]
    schedule = {name: getattr(subscription, name) for name in SourceForm.SCHEDULE}
    return {"name": source.name, **schedule, **subscription.options, **FORMS[source.kind].shown(source)}


def web_address(text: str) -> str:
    """An address of the public web, as far as can be told without asking. Raises ValidationError."""
    try:
        url = parse(text)
    except FetchError as error:
        raise forms.ValidationError(error.reason) from error
    number = literal(url.host)
    if number is not None and not is_public(number):
        raise forms.ValidationError("The address leads into a private network, where nothing is asked.")
    return str(url)


class FeedForm(SourceForm):
    kind = Source.Kind.FEED
    label, hint = "Feed", "RSS, Atom or JSON Feed: most blogs, comics and Mastodon accounts have one."

    address = forms.URLField(
        label="Address of the feed", max_length=2000, assume_scheme="https",
        help_text="With the address of a web page, “Try it” says where its feed is.",
    )  # fmt: skip

    def clean_address(self) -> str:
        return web_address(self.cleaned_data["address"])

    def root(self) -> str:
        return str(self.cleaned_data["address"])

    def options(self) -> dict[str, Any]:
        return {"address": self.cleaned_data["address"]}

    def made_up_name(self) -> str:
        return str(urlsplit(self.cleaned_data["address"]).hostname).removeprefix("www.")


class UrlsForm(SourceForm):
    kind = Source.Kind.URLS
    label, hint = "List of addresses", "Pictures, clips and pages; of a page, the picture that it is about is taken."

    addresses = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}), max_length=1_000_000,
        help_text="One on each line, beginning with https://. What stands behind an address is its title.",
    )  # fmt: skip
    address = forms.URLField(
        label="Or the address of a text file with them", required=False, max_length=2000, assume_scheme="https",
        help_text="It is read again each time.",
    )  # fmt: skip

    def clean_address(self) -> str:
        return web_address(self.cleaned_data["address"]) if self.cleaned_data["address"] else ""

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if bool(given.get("addresses", "").strip()) == bool(given.get("address")):
            raise forms.ValidationError("Write addresses down, or name a text file: one of the two.")
        if given.get("addresses") and not any(urls.finds_of(given["addresses"])):
            self.add_error("addresses", "No line is an address: each begins with https:// or http://.")
        return given

    def root(self) -> str:
        if self.cleaned_data["address"]:
            return str(self.cleaned_data["address"])
        return self.source.root if self.source and self.source.root.startswith("list:") else f"list:{uuid.uuid4()}"

    def options(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("addresses", "address")}

    def made_up_name(self) -> str:
        if self.cleaned_data["address"]:
            return str(urlsplit(self.cleaned_data["address"]).hostname)
        return f"{sum(1 for _ in urls.finds_of(self.cleaned_data['addresses']))} addresses"


class RedditForm(SourceForm):
    kind = Source.Kind.REDDIT
    label, hint = "Reddit", "Subreddits or a multireddit, with Reddit keys of your own."

    place = forms.CharField(
        label="Subreddits or multireddit", max_length=2100,
        help_text="r/memes, several as r/memes+funny, or u/somebody/m/name. The multireddit has to be public.",
    )  # fmt: skip
    depth = forms.IntegerField(
        label="Posts to look at", min_value=1, max_value=1000, initial=reddit.DEPTH,
        help_text="The newest so many. Reddit shows 1,000 at most.",
    )  # fmt: skip
    since = forms.DateField(
        label="Not older than", required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text="If you leave it empty, age does not matter.",
    )  # fmt: skip

    def clean_place(self) -> str:
        text = self.cleaned_data["place"].strip().removeprefix("https://").removeprefix("www.reddit.com")
        if MULTIREDDIT.fullmatch(text):
            return str(text)
        named = PLACES.fullmatch(text if "/" in text else f"r/{text}")
        names = re.split(r"[+ ]+", named[1].strip("+ ")) if named else []
        if not names or not all(re.fullmatch(r"\w{2,21}", name) for name in names):
            raise forms.ValidationError("Write r/memes, r/memes+funny or u/somebody/m/name.")
        return f"r/{'+'.join(sorted(set(names), key=str.lower))}"

    def clean(self) -> dict[str, Any]:
        if not all(settings.REDDIT_KEYS):
            raise forms.ValidationError(reddit.NO_KEYS)
        return super().clean()

    def root(self) -> str:
        return str(self.cleaned_data["place"]).strip("/").lower()

    def options(self) -> dict[str, Any]:
        multireddit = MULTIREDDIT.fullmatch(self.cleaned_data["place"])
        since = self.cleaned_data["since"]
        return {
            "place": self.cleaned_data["place"],
            "depth": self.cleaned_data["depth"],
            "since": since.isoformat() if since else "",
            **(
                {"redditor": multireddit[1], "multireddit": multireddit[2]}
                if multireddit
                else {"subreddits": self.cleaned_data["place"].removeprefix("r/").split("+")}
            ),
        }

    def made_up_name(self) -> str:
        return str(self.cleaned_data["place"])


class FolderForm(SourceForm):
    kind = Source.Kind.FOLDER
    label, hint = "Folder", "Of the machine that the site runs on. Its files stay where they are."

    path = forms.CharField(max_length=2000, help_text="It is watched, and looked through again at the times below.")

    def clean_path(self) -> str:
        real = Path(os.path.realpath(self.cleaned_data["path"].strip()))
        if self.source is not None and encode_path(real) == self.source.root:
            return str(real)  # whoever runs the site chose it
        if any(real.is_relative_to(os.path.realpath(own)) for own in (settings.DATA_DIR, settings.MEDIA_DIR)):
            raise forms.ValidationError("The site keeps its own files there, and some of them are private.")
        roots = [Path(os.path.realpath(root)) for root in settings.FOLDERS]
        if not any(real.is_relative_to(root) for root in roots):
            named = ", ".join(settings.FOLDERS)
            raise forms.ValidationError(
                f"Folders have to lie below {named}."
                if named
                else "Whoever runs the site has to say in MSE_FOLDERS below which folders others may lie."
            )
        if not real.is_dir():
            raise forms.ValidationError("There is no such folder, or it cannot be read.")
        return str(real)

    @staticmethod
    def shown(source: Source) -> dict[str, Any]:
        return {"path": readable(source.root)}

    def root(self) -> str:
        return encode_path(self.cleaned_data["path"])

    def options(self) -> dict[str, Any]:
        return {}

    def made_up_name(self) -> str:
        return readable(encode_path(Path(self.cleaned_data["path"]).name or self.cleaned_data["path"]))


FORMS: dict[str, type[SourceForm]] = {form.kind: form for form in (FeedForm, RedditForm, UrlsForm, FolderForm)}
