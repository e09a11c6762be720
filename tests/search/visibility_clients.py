"""The rows of the visibility matrix about the protocols of other programs, which are switched on there."""

from tests.visibility import Answer, Row

READERS = Answer(401, 200, 200, 200)
EMPTY = Answer(401, 400, 400, 400)

CLIENTS: dict[str, list[Row]] = {
    "api/mse/": [Row("/api/mse/", READERS), Row("/api/mse/", EMPTY, method="post")],
    "^api/mse/thumbnails/(?P<pk>[0-9]{1,18})-(?P<version>[0-9a-f]{8})(?P<size>jpeg[lh])\\.webp$": [
        Row("/api/mse/thumbnails/{pk}-{version}jpegl.webp", Answer(401, 404, 404, 200)),
        Row("/api/mse/thumbnails/{pk}-{version}jpegh.webp", Answer(401, 404, 404, 200)),
        Row("/api/mse/thumbnails/{pk}-00000000jpegl.webp", Answer(401, 404, 404, 404)),
    ],
    "indices-list": [Row("/indices-list", READERS)],
    "knn-service": [Row("/knn-service", EMPTY, method="post")],
}
