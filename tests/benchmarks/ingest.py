"""Taking memes in: media work, whole folders, vectors and dumps; how soon a vector is found, how fast and how light the site
starts."""

from tests.benchmarks import ingest_startup
from tests.benchmarks.ingest_dump import measure_dump
from tests.benchmarks.ingest_encoder import measure_encoder
from tests.benchmarks.ingest_folder import measure_folder
from tests.benchmarks.ingest_media import measure_media
from tests.benchmarks.ingest_visibility import measure_visibility
from tests.benchmarks.report import Report, main


def measure(quick: bool) -> Report:
    figures = [
        *measure_media(quick),
        *measure_folder(quick),
        *measure_encoder(quick),
        *measure_dump(quick),
        *measure_visibility(quick),
        *ingest_startup.measure_startup(quick),
    ]
    return Report(
        "Ingest",
        figures,
        sizes={"vectors added one by one": 40 if quick else 200, "starts": 1 if quick else 3},
        left_out="most of the pictures, files, records, vectors and starts" if quick else "",
    )


if __name__ == "__main__":
    main(measure, __doc__)
