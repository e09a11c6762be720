"""The rows of the visibility matrix about curation and about how good tastes are."""

from django.contrib.auth.models import User
from django.utils import timezone

from rating.models import Axis, CurationQueue, QueueItem, Verdict
from search.models import Meme
from tests.visibility import Answer, Row

PAGE = Answer(302, 302, 200, 200)
HERS = Answer(302, 302, 404, 200)
HERS_TO_DO = Answer(302, 302, 404, 302)
HERS_TO_SAVE = Answer(302, 302, 404, 400)
CURATORS = Answer(302, 302, 404, 404, curator=200)
EMPTY_FORM = Answer(302, 302, 400, 400)
CURATORS_TO_DO = Answer(302, 302, 404, 404, curator=302)
ELSEWHERE = Answer(302, 302, 302, 302)
API = Answer(401, 401, 200, 200)
NOT_EVEN_FOR_MEMBERS = Answer(302, 302, 404, 404)  # of nobody's taste is anything known
UNKNOWN_API = Answer(401, 401, 404, 404)
EMPTY_API = Answer(401, 401, 400, 400)
HERS_BUT_EMPTY = Answer(401, 401, 404, 400)
CURATORS_BUT_EMPTY = Answer(401, 401, 404, 404, curator=400)
HERS_ALL = Answer(401, 401, 404, 200)
CURATORS_ALL = Answer(401, 401, 404, 404, curator=200)

CURATION: dict[str, list[Row]] = {
    "curation/": [Row("/curation/", PAGE, shows=True)],
    "curation/new/": [Row("/curation/new/", PAGE), Row("/curation/new/", EMPTY_FORM, method="post")],
    "curation/undo/": [Row("/curation/undo/", ELSEWHERE, method="post")],
    "curation/<int:pk>/": [
        Row("/curation/{queue_pk}/", HERS, shows=True),
        Row("/curation/{queue_pk}/", HERS_TO_DO, method="post"),
        Row("/curation/{shared_queue_pk}/", CURATORS),
    ],
    "curation/<int:pk>/grid/": [
        Row("/curation/{queue_pk}/grid/", HERS, shows=True),
        Row("/curation/{queue_pk}/grid/", HERS_TO_DO, method="post"),
        Row("/curation/{shared_queue_pk}/grid/", CURATORS),
    ],
    "curation/<int:pk>/rule/": [
        Row("/curation/{queue_pk}/rule/", HERS, shows=True),
        Row("/curation/{queue_pk}/rule/", HERS_TO_SAVE, method="post"),
        Row("/curation/{shared_queue_pk}/rule/", CURATORS),
    ],
    "tastes/<str:axis>/evaluation/": [Row("/tastes/useful/evaluation/", NOT_EVEN_FOR_MEMBERS)],
    "tastes/<str:axis>/versions/": [Row("/tastes/useful/versions/", NOT_EVEN_FOR_MEMBERS)],
    "tastes/<str:axis>/versions/<int:number>/activate/": [
        Row("/tastes/useful/versions/1/activate/", NOT_EVEN_FOR_MEMBERS, method="post")
    ],
    "api/v1/rating/tastes/<str:axis>/versions": [Row("/api/v1/rating/tastes/useful/versions", UNKNOWN_API)],
    "api/v1/rating/tastes/<str:axis>/versions/<int:number>/activate": [
        Row("/api/v1/rating/tastes/useful/versions/1/activate", UNKNOWN_API, method="post")
    ],
    "tastes/<str:axis>/sheet/": [Row("/tastes/useful/sheet/", NOT_EVEN_FOR_MEMBERS)],
    "tastes/<str:axis>/sheet/begin/": [Row("/tastes/useful/sheet/begin/", NOT_EVEN_FOR_MEMBERS, method="post")],
    "tastes/<str:axis>/sheet/<int:pk>/": [Row("/tastes/useful/sheet/1/", NOT_EVEN_FOR_MEMBERS)],
    "tastes/<str:axis>/sheet/<int:pk>/finish/": [
        Row("/tastes/useful/sheet/1/finish/", NOT_EVEN_FOR_MEMBERS, method="post")
    ],
    "tastes/<str:axis>/sheet/<int:pk>/discard/": [
        Row("/tastes/useful/sheet/1/discard/", NOT_EVEN_FOR_MEMBERS, method="post")
    ],
    "api/v1/rating/tastes/<str:axis>/evaluation": [Row("/api/v1/rating/tastes/useful/evaluation", UNKNOWN_API)],
    "api/v1/rating/tastes/<str:axis>/sheets": [Row("/api/v1/rating/tastes/useful/sheets", UNKNOWN_API)],
    "dank/": [
        Row("/dank/", PAGE),
        Row("/dank/", PAGE, method="post", is_upload=True),
    ],
    "dank/popularity/": [Row("/dank/popularity/", PAGE)],
    "api/v1/rating/judge": [Row("/api/v1/rating/judge", API, method="post", is_upload=True)],
    "curation/verdicts/": [Row("/curation/verdicts/", PAGE, shows=True)],
    "curation/added/": [Row("/curation/added/", PAGE, shows=True)],
    "curation/failures/": [Row("/curation/failures/", CURATORS)],
    "curation/failures/mend/": [Row("/curation/failures/mend/", CURATORS_TO_DO, method="post")],
    "api/v1/curation/queues": [Row("/api/v1/curation/queues", API, shows=True)],
    "api/v1/curation/queues/<int:pk>/items": [
        Row("/api/v1/curation/queues/{queue_pk}/items", HERS_BUT_EMPTY, method="post"),
        Row("/api/v1/curation/queues/{shared_queue_pk}/items", CURATORS_BUT_EMPTY, method="post"),
    ],
    "api/v1/curation/queues/<int:pk>/count": [
        Row("/api/v1/curation/queues/{queue_pk}/count", HERS_ALL, method="post"),
        Row("/api/v1/curation/queues/{shared_queue_pk}/count", CURATORS_ALL, method="post"),
    ],
    "api/v1/curation/queues/<int:pk>/decide": [
        Row("/api/v1/curation/queues/{queue_pk}/decide", HERS_BUT_EMPTY, method="post"),
    ],
    "api/v1/curation/verdicts": [Row("/api/v1/curation/verdicts", EMPTY_API, method="post")],
    "api/v1/curation/undo": [Row("/api/v1/curation/undo", API, method="post")],
    "api/v1/curation/release": [Row("/api/v1/curation/release", EMPTY_API, method="post")],
    "api/v1/curation/names": [Row("/api/v1/curation/names?q=zeb", API, shows=True)],
}


def queues(alice: User, hers: Meme, title: str) -> None:
    """One of alice's, in which her meme waits, and one of the curators. She has named another one as her meme is called."""
    axis = Axis.objects.in_use()[0]
    facts = {"axis": axis, "made_by": alice, "taste_of": alice, "best_percent": 100.0}
    own = CurationQueue.objects.create(name=title, private_to=alice, **facts)
    CurationQueue.objects.create(name="of the curators", **facts)
    scored = {"score": 1.0, "percentile": 99.0, "scored_from": "test"}
    QueueItem.objects.create(queue=own, meme=hers, **scored)
    other = Meme.objects.exclude(pk=hers.pk).filter(private_to=alice)[0]
    done = QueueItem.objects.create(queue=own, meme=other, decided_at=timezone.now(), **scored)
    Verdict.objects.create(item=done, by=alice, outcome="keep", name=title, percentile=99, decided_at=timezone.now())


def numbers() -> dict[str, int]:
    """Of the queues, for the addresses. What alice took back in an earlier request stands again."""
    Verdict.objects.update(voided_at=None)
    own, shared = CurationQueue.objects.order_by("pk").values_list("pk", flat=True)
    return {"queue_pk": own, "shared_queue_pk": shared}
