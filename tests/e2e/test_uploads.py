"""Adding memes: dropped, pasted and picked, each with its own result."""

import base64
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from search.models import Meme
from tests.drawing import drawing, encoded, write
from tests.search.taking_in import index

pytestmark = pytest.mark.django_db(transaction=True)

# What a browser sees when files are dragged in, or pasted.
HAND_OVER = """
([names, data, kind]) => {
  const transfer = new DataTransfer();
  for (const name of names) {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    transfer.items.add(new File([bytes], name, {type: "image/png"}));
  }
  const where = () => document.querySelector(".curtain:not([hidden]) [data-landing=add]") ?? document.body;
  const give = (type) => where().dispatchEvent(
    type === "paste" ? new ClipboardEvent(type, {clipboardData: transfer, bubbles: true, cancelable: true})
                     : new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true}));
  for (const type of kind === "paste" ? ["paste"] : ["dragover", "drop"]) give(type);
}
"""


def hand_over(page: Page, kind: str, *names: str) -> None:
    data = base64.b64encode(encoded(drawing("red"))).decode()
    page.evaluate(HAND_OVER, [list(names), data, kind])


def test_each_picked_file_says_what_became_of_it_and_becomes_ready_by_itself(page: Page, tmp_path: Path) -> None:
    cat = write(tmp_path / "cat.png", "red")
    (tmp_path / "notes.png").write_text("just words")
    page.goto("/upload/")
    page.locator("#pick").set_input_files([cat, tmp_path / "notes.png"])
    expect(page.locator(".file", has_text="cat.png")).to_contain_text("Added · Making its thumbnail")
    expect(page.locator(".file", has_text="notes.png")).to_contain_text("This is text, not a picture")
    index()
    expect(page.locator(".file", has_text="cat.png")).to_contain_text("Ready to be found")
    page.locator("#pick").set_input_files(cat)
    expect(page.locator(".file").first).to_contain_text("Already here")
    page.locator(".file").first.get_by_role("link", name="Open").click()
    page.wait_for_url(f"**/m/{Meme.objects.get().pk}/")


def test_files_may_be_dropped_on_any_page(page: Page) -> None:
    page.goto("/")
    hand_over(page, "drop", "dropped.png")
    tray = page.get_by_role("complementary", name="Files being added")
    expect(tray).to_contain_text("dropped.png")
    expect(tray).to_contain_text("Added")
    expect(page.get_by_text("Add to library")).to_be_hidden()
    assert Meme.objects.get().title == "dropped"


def test_a_screenshot_may_be_pasted_and_gets_a_name_one_can_tell_from_others(page: Page) -> None:
    page.goto("/upload/")
    hand_over(page, "paste", "image.png")
    expect(page.locator(".file")).to_contain_text("Added")
    assert re.fullmatch(r"pasted 2\d{3}-\d\d-\d\d \d\d\.\d\d\.\d\d", Meme.objects.get().title)


def test_a_ticked_box_keeps_them_private(page: Page, alice: User) -> None:
    page.goto("/upload/")
    page.get_by_label("Only I may see them").check()
    hand_over(page, "drop", "diary.png")
    expect(page.locator(".file")).to_contain_text("Added")
    assert Meme.objects.get().private_to == alice


def test_a_file_that_is_too_large_is_not_even_sent(page: Page) -> None:
    page.goto("/upload/")
    page.evaluate("document.querySelector('.tray .files').dataset.limitMb = 0.0001")
    hand_over(page, "drop", "big.png")
    expect(page.locator(".file")).to_contain_text("At most 0.0001 MB")
    assert not Meme.objects.exists()


def test_a_broken_connection_offers_another_try(page: Page) -> None:
    page.goto("/upload/")
    page.context.set_offline(True)
    hand_over(page, "drop", "cat.png")
    expect(page.locator(".file")).to_contain_text("The connection broke.")
    page.context.set_offline(False)
    page.get_by_role("link", name="Try again").click()
    expect(page.locator(".file")).to_contain_text("Added")


def test_many_files_go_a_few_at_a_time(page: Page) -> None:
    page.goto("/upload/")
    page.route("**/upload/", lambda route: None)  # never answered
    hand_over(page, "drop", *(f"{number}.png" for number in range(8)))
    expect(page.locator(".file", has_text="Waiting")).to_have_count(5)


def test_a_memes_page_fills_itself_while_the_meme_is_read(page: Page) -> None:
    page.goto("/upload/")
    hand_over(page, "drop", "monday.png")
    page.get_by_role("link", name="Open").click()
    expect(page.get_by_role("status").filter(has_text="Making its thumbnail")).to_be_visible()
    index({"monday": "grumpy monday"})
    expect(page.locator("#said")).to_have_text("grumpy monday")
    expect(page.locator(".state")).to_have_count(0)


def test_tiles_get_their_pictures_when_these_are_made(page: Page) -> None:
    page.goto("/upload/")
    hand_over(page, "drop", "cat.png")
    expect(page.locator(".file")).to_contain_text("Added")
    page.goto("/")
    expect(page.locator(".tile")).to_contain_text("Making its thumbnail")
    index()
    expect(page.get_by_role("img", name="cat")).to_be_visible()


def test_a_phone_can_install_the_site_and_share_with_it(page: Page) -> None:
    page.goto("/upload/")
    told = page.context.new_cdp_session(page).send("Page.getAppManifest")
    assert told["errors"] == []
    assert told["url"].endswith("/manifest.webmanifest")
    assert {icon["sizes"] for icon in told["manifest"]["icons"]} == {"192x192", "512x512"}
    assert told["manifest"]["shareTarget"]["action"].endswith("/share/")
