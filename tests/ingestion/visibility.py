"""The rows of the visibility matrix about sources: curators' business, and to others not there."""

from tests.visibility import Answer, Row

PAGE = Answer(302, 302, 404, 404, curator=200)
API = Answer(401, 401, 404, 404, curator=200)
EMPTY_FORM = Answer(302, 302, 404, 404, curator=400)
EMPTY_API = Answer(401, 401, 404, 404, curator=400)
NOTHING = Answer(302, 302, 404, 404)
NOTHING_API = Answer(401, 401, 404, 404)

SOURCES: dict[str, list[Row]] = {
    "sources/": [Row("/sources/", PAGE)],
    "sources/add/<str:kind>/": [
        *(Row(f"/sources/add/{kind}/", PAGE) for kind in ("feed", "urls", "reddit", "folder")),
        Row("/sources/add/feed/", EMPTY_FORM, method="post"),
        Row("/sources/add/upload/", NOTHING),
    ],
    "sources/<int:pk>/": [Row("/sources/0/", NOTHING)],
    "sources/<int:pk>/edit/": [Row("/sources/0/edit/", NOTHING)],
    **{
        f"sources/<int:pk>/{action}/": [Row(f"/sources/0/{action}/", NOTHING, method="post")]
        for action in ("crawl", "pause", "resume", "retry", "remove")
    },
    "api/v1/sources": [Row("/api/v1/sources", API), Row("/api/v1/sources", EMPTY_API, method="post")],
    "api/v1/sources/try": [Row("/api/v1/sources/try", EMPTY_API, method="post")],
    "api/v1/sources/<int:pk>": [
        Row("/api/v1/sources/0", NOTHING_API, method=method) for method in ("get", "patch", "delete")
    ],
    "api/v1/sources/<int:pk>/crawl": [Row("/api/v1/sources/0/crawl", NOTHING_API, method="post")],
    "api/v1/sources/<int:pk>/failures": [
        Row("/api/v1/sources/0/failures", NOTHING_API, method=method) for method in ("get", "delete")
    ],
    "api/v1/crawls": [Row("/api/v1/crawls", API)],
}
