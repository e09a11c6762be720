"""What curators say about a source that is read from the web, and which form is which kind's."""

import re
import uuid
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings

from ingestion.crawlers import reddit, urls
from ingestion.fetch import FetchError, is_public
from ingestion.fetch.addresses import literal, parse
from ingestion.local_forms import DumpForm, FolderForm
from ingestion.source_form import SourceForm
from search.models import Source

PLACES = re.compile(r"/?r/([A-Za-z0-9_+ ]{2,2000})/?")
MULTIREDDIT = re.compile(r"/?u(?:ser)?/([A-Za-z0-9_-]{3,20})/m/([A-Za-z0-9_]{2,50})/?")


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


FORMS: dict[str, type[SourceForm]] = {
    form.kind: form for form in (FeedForm, RedditForm, UrlsForm, FolderForm, DumpForm)
}
