"""A small Reddit: real HTTP, the answers of its interface, and nothing behind them."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEYS = ("client", "secret")
PAGE = 100


@dataclass
class FakeReddit:
    """`places` hold posts by the path of their listing, the newest first; `asked` are the paths that were asked for."""

    port: int = 0
    places: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    refuses_keys: bool = False
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str) -> tuple[int, Any]:
        parts = urlsplit(path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if self.status != 200:
            return self.status, {}
        place = parts.path.rstrip("/")
        if place == "/api/info":
            wanted = asked["id"].split(",")
            everything = [post for posts in self.places.values() for post in posts]
            return 200, listing([post for post in everything if post["name"] in wanted], None)
        if place not in self.places:
            return 404, {"message": "Not Found", "error": 404}
        posts = self.places[place]
        begin = next((n + 1 for n, post in enumerate(posts) if post["name"] == asked.get("after")), 0)
        page = posts[begin : begin + min(PAGE, int(asked.get("limit", PAGE)))]
        return 200, listing(page, page[-1]["name"] if begin + len(page) < len(posts) else None)


def listing(posts: list[dict[str, Any]], after: str | None) -> dict[str, Any]:
    children = [{"kind": "t3", "data": post} for post in posts]
    return {"kind": "Listing", "data": {"children": children, "after": after, "before": None, "dist": len(posts)}}


def post(number: int, url: str, **facts: Any) -> dict[str, Any]:
    """As its listings describe one; the higher the number, the newer."""
    return {
        "name": f"t3_{number}", "id": str(number), "title": f"Post {number}", "author": "ann", "subreddit": "memes",
        "score": 10 + number, "num_comments": 3, "over_18": False, "permalink": f"/r/memes/comments/{number}/",
        "created_utc": 1_760_000_000.0 + number * 3600, "url": url, **facts,
    }  # fmt: skip


@contextlib.contextmanager
def running() -> Iterator[FakeReddit]:
    reddit = FakeReddit()

    class Visit(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if reddit.refuses_keys:
                self.say(401, {"message": "Unauthorized", "error": 401})
            else:
                self.say(200, {"access_token": "token", "token_type": "bearer", "expires_in": 3600, "scope": "*"})

        def do_GET(self) -> None:
            assert self.headers["Authorization"] == "bearer token"
            assert self.headers["User-Agent"].startswith("MemeSearchEngine/")
            reddit.asked.append(self.path)
            self.say(*reddit.answer(self.path), **reddit.headers)

        def say(self, status: int, body: Any, **headers: str) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(data)),
                **headers,
            }.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            """What was asked stands in `asked`."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Visit) as server:
        reddit.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield reddit
        server.shutdown()
