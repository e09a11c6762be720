"""The rows of the visibility matrix about long work, and about what phones share."""

from tests.visibility import Answer, Row

PAGE = Answer(302, 302, 200, 200)
NOTHING = Answer(302, 302, 404, 404)
API = Answer(401, 401, 200, 200)
NOTHING_API = Answer(401, 401, 404, 404)
ELSEWHERE = Answer(302, 302, 302, 302)

JOBS: dict[str, list[Row]] = {
    "jobs/": [Row("/jobs/", PAGE), Row("/jobs/", Answer(401, 401, 200, 200), headers={"HX-Request": "true"})],
    "jobs/<int:pk>/cancel/": [Row("/jobs/0/cancel/", NOTHING, method="post")],
    "jobs/<int:pk>/retry/": [Row("/jobs/0/retry/", NOTHING, method="post")],
    "api/v1/jobs": [Row("/api/v1/jobs", API)],
    "api/v1/jobs/<int:pk>": [Row("/api/v1/jobs/0", NOTHING_API)],
    "api/v1/jobs/<int:pk>/cancel": [Row("/api/v1/jobs/0/cancel", NOTHING_API, method="post")],
    "api/v1/jobs/<int:pk>/retry": [Row("/api/v1/jobs/0/retry", NOTHING_API, method="post")],
}
SHARING: dict[str, list[Row]] = {
    "manifest.webmanifest": [Row("/manifest.webmanifest", Answer(200, 200, 200, 200))],
    "share/": [Row("/share/", ELSEWHERE), Row("/share/", ELSEWHERE, is_upload=True)],
    "share/<str:token>/": [Row("/share/0123456789abcdef0123456789abcdef/", ELSEWHERE)],
}
