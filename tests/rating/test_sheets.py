"""The blind sheet: drawn, ticked and measured by."""

import json
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from rating import evaluation, forgetting, held_out, sheets
from rating.models import Axis, BlindMark, BlindSheet, Comparison, Taste
from search.models import Meme
from tests.rating import tasting

pytestmark = pytest.mark.django_db
PAGE = "/tastes/useful/sheet/"


@pytest.fixture
def liked(alice: User, axes: list[Axis]) -> dict[int, float]:
    found = tasting.scores(tasting.small_library())
    tasting.tell(alice, axes[0], found, 80)
    return found


@pytest.fixture
def taste(alice: User, liked: dict[int, float]) -> Taste:
    return Taste.objects.select_related("axis", "owner", "space").get(owner=alice)


def ticked(sheet: BlindSheet, liked: dict[int, float]) -> BlindSheet:
    assert sheets.finish(sheet, [meme for meme, score in liked.items() if score > 0])
    return sheet


def test_the_curve_is_the_share_ticked_in_each_tenth_by_hand() -> None:
    marks = [
        BlindMark(percentile=percentile, is_good=good)
        for percentile, good in ((3, False), (9.9, True), (95, True), (100, True))
    ]
    curve = sheets.curve(marks)
    assert curve.x == [5, 15, 25, 35, 45, 55, 65, 75, 85, 95]
    (said,) = curve.series
    assert said.values == [0.5, *[None] * 8, 1.0]
    assert said.low[9] == pytest.approx(0.3424, abs=1e-4), "Wilson's interval of two of two"
    assert said.high[9] == 1.0


def test_a_sheet_holds_so_many_of_each_tenth_in_no_order(alice: User, taste: Taste) -> None:
    sheet = sheets.begin(alice, taste, 4)
    marks = list(sheet.marks.order_by("place"))
    assert [mark.place for mark in marks] == list(range(len(marks)))
    assert {sum(mark.part == part for mark in marks) for part in range(10)} == {4}
    standings = evaluation.asked(alice, taste, None).standings([mark.meme_id for mark in marks])
    assert [mark.percentile for mark in marks] == [one.percentile for one in standings], "what no meme taught itself"
    assert sheets.begin(alice, taste, 9) == sheet, "one at a time"
    for count in (0, 51):
        with pytest.raises(ValueError, match="From 1 to 50"):
            sheets.begin(alice, taste, count)


def test_what_was_ticked_stays_and_teaches_nothing(alice: User, taste: Taste, liked: dict[int, float]) -> None:
    before = (Comparison.objects.count(), tasting.tell(alice, taste.axis, liked, 0).learned_from)
    sheet = sheets.begin(alice, taste, 5)
    gone = sheet.marks.order_by("place")[0].meme
    Meme.objects.filter(pk=gone.pk).update(state=Meme.State.TRASHED)
    ticked(sheet, liked)
    assert not sheets.finish(sheet, [])
    sheets.discard(sheet)
    said = dict(sheet.marks.values_list("meme", "is_good"))
    assert said == {meme: None if meme == gone.pk else liked[meme] > 0 for meme in said}
    assert (Comparison.objects.count(), tasting.tell(alice, taste.axis, liked, 0).learned_from) == before


def test_every_version_is_measured_on_what_never_taught_it(alice: User, taste: Taste, liked: dict[int, float]) -> None:
    sheet = ticked(sheets.begin(alice, taste, 10), liked)
    found = sheets.result(alice, taste, sheet)
    assert (found.count, found.good) == (100, sum(liked[mark.meme_id] > 0 for mark in sheet.marks.all()))
    (direct,) = found.versions
    assert direct.version is None
    assert direct.auroc is not None
    assert direct.auroc.value > 0.8
    good = {meme: liked[meme] > 0 for meme in sheet.marks.values_list("meme", flat=True)}
    by_hand = held_out.judged(held_out.direction(alice, taste), good)
    pairs = [(a, b) for a in by_hand.scores[by_hand.good] for b in by_hand.scores[~by_hand.good]]
    assert direct.auroc.value == pytest.approx(sum(a > b for a, b in pairs) / len(pairs))
    assert forgetting.forget(alice) == 80
    assert not BlindSheet.objects.exists()


def test_a_sheet_is_ticked_on_the_page_without_scripts(
    alice: User, alice_client: Client, taste: Taste, liked: dict[int, float], tmp_path: Path
) -> None:
    assert "Begin a sheet" in alice_client.get(PAGE).content.decode()
    for junk in ("0", "51", "x", ""):
        assert alice_client.post(f"{PAGE}begin/", {"per_part": junk}).status_code == 400
    page = alice_client.post(f"{PAGE}begin/", {"per_part": "3"}, follow=True).content.decode()
    offered = [int(meme) for meme in re.findall(r'name="good" value="(\d+)"', page)]
    assert len(offered) == 30
    assert "percentile" not in page
    sheet = BlindSheet.objects.get()
    good = [meme for meme in offered if liked[meme] > 0]
    answer = alice_client.post(f"{PAGE}{sheet.pk}/finish/", {"good": [*good, "junk", "9" * 30]}, follow=True)
    assert answer.redirect_chain == [(f"{PAGE}{sheet.pk}/", 302)]
    assert f"Of 30 memes you ticked {len(good)}." in answer.content.decode()
    again = alice_client.post(f"{PAGE}{sheet.pk}/finish/", {"good": []}, follow=True).content.decode()
    assert "This sheet was done before" in again
    assert f"you ticked {len(good)}" in again

    (told,) = alice_client.get("/api/v1/rating/tastes/useful/sheets").json()
    assert (told["count"], told["good"], told["versions"][0]["count"]) == (30, len(good), 30)
    call_command("evaluate", "alice", "useful", out=tmp_path)
    assert json.loads((tmp_path / "sheets.json").read_text())[0]["versions"] == told["versions"]
    assert (tmp_path / f"sheet-{sheet.pk}.svg").exists()


def test_sheets_are_their_owners_alone(alice: User, bob: User, taste: Taste) -> None:
    sheet = sheets.begin(alice, taste, 1)
    Taste.objects.update(is_shared=True)
    tasting.tell(bob, taste.axis, tasting.scores(taste.space), 20)
    client = Client()
    client.force_login(bob)
    assert client.get(f"{PAGE}{sheet.pk}/").status_code == 404
    assert client.post(f"{PAGE}{sheet.pk}/finish/").status_code == 404
    assert client.post(f"{PAGE}{sheet.pk}/discard/").status_code == 404
    assert "Begin a sheet" in client.get(PAGE).content.decode()
    client.force_login(alice)
    assert client.get(f"{PAGE}{sheet.pk}/").status_code == 404, "not done"
    client.post(f"{PAGE}{sheet.pk}/discard/")
    assert not BlindSheet.objects.exists()


def test_with_too_few_memes_no_sheet_is_drawn(alice_client: Client, taste: Taste) -> None:
    kept = Meme.objects.order_by("pk").values_list("pk", flat=True)[:1]
    Meme.objects.exclude(pk__in=list(kept)).update(is_nsfw=True)
    answer = alice_client.post(f"{PAGE}begin/", {"per_part": "3"})
    assert answer.status_code == 409
    assert "too few memes" in answer.content.decode()
