"""Search in the terminal: `manage.py search "cats -dogs"`."""

import json
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from search import query, retrieval
from search.sidecar.client import BadTerm


class Command(BaseCommand):
    help = "The same search as the page, as the administrator of the machine sees it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "query", help='what the box takes, see docs/search.md; after "--" when it begins with a minus'
        )
        parser.add_argument(
            "-e", "--embedding", action="append", default=[], metavar="BASE64",
            help="a raw embedding as in an address, with ^ and its weight when that is not 1; can be repeated",
        )  # fmt: skip
        parser.add_argument("--limit", type=int, default=20)
        parser.add_argument("--as-user", metavar="NAME", help="search as this person; default: the shared library")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        user = self._user(options["as_user"])
        try:
            wanted = query.from_pairs(options["query"], options["embedding"])
            results = retrieval.search(user, wanted, limit=max(1, options["limit"]))
        except query.BadQuery as error:
            pointed = f"\n  {options['query']}\n  {' ' * error.position}^" if error.parameter == "q" else ""
            raise CommandError(f"{error}{pointed}") from error
        except (retrieval.NothingToCompare, BadTerm) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(self._document(results)))
            return
        for place, hit in enumerate(results.hits):
            if place == results.divider:
                self.stdout.write("-- weaker matches --")
            score = "" if hit.similarity is None else f"{hit.similarity:6.3f}  "
            alike = f"  (+{hit.alike} alike)" if hit.alike else ""
            self.stdout.write(f"{score}{hit.meme.pk:>8}  {hit.meme.title}{alike}")
        if results.note:
            self.stderr.write(results.note)

    def _user(self, name: str | None) -> User:
        """Without a name: somebody signed in who owns nothing, and so sees what is shared."""
        if name is None:
            return User(username="terminal")
        try:
            return User.objects.get(username=name)
        except User.DoesNotExist as error:
            raise CommandError(f"There is no user {name}.") from error

    def _document(self, results: retrieval.Results) -> dict[str, Any]:
        hits = [
            {
                "id": hit.meme.pk,
                "title": hit.meme.title,
                "score": hit.similarity,
                "alike": hit.alike,
                "is_weak": results.weaker_from is not None and hit.position >= results.weaker_from,
                "sha256": hit.meme.sha256,
                "text": hit.meme.text,
            }
            for hit in results.hits
        ]
        return {"backend": results.backend, "note": results.note, "took_ms": round(results.took_ms, 1), "hits": hits}
