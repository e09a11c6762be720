import json
import subprocess
import sys
import textwrap
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFont

from search.media import BadMedia
from search.media.ocr import Reader, Reading, load_for_reading
from tests.benchmarks.drawn_memes import drawn
from tests.benchmarks.ocr import recall
from tests.search.media.making import saved, scene


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def written(*lines: tuple[tuple[int, int], int, str], size: tuple[int, int] = (800, 600)) -> Image.Image:
    """Black words on white: each line is (place, height, words)."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for place, height, words in lines:
        draw.text(place, words, fill="black", font=ImageFont.load_default(size=height))
    return image


def test_the_words_of_a_meme_are_read_small_print_too(reader):
    for meme in drawn(4):
        text = reader.read(meme.image).text
        assert recall([word for word, _ in meme.words], text) > 0.9, meme.layout
        assert recall([word for word, is_small in meme.words if is_small], text) > 0.75, meme.layout


def test_a_box_says_where_its_words_stand(reader):
    reading = reader.read(written(((400, 300), 40, "somewhere")))
    assert [box.text for box in reading.boxes] == ["somewhere"]
    box = reading.boxes[0]
    assert box.score > 0.9
    assert len(box.quad) == 4
    assert box.left == pytest.approx(400 / 800, abs=0.02)
    assert box.top == pytest.approx(305 / 600, abs=0.03)
    assert box.bottom == pytest.approx(345 / 600, abs=0.03)
    assert box.quad[0][0] < box.quad[1][0]
    assert box.quad[1][1] < box.quad[2][1]


def test_a_reading_can_be_kept_as_json(reader):
    box = reader.read(written(((50, 50), 40, "plain numbers"))).boxes[0]
    assert json.loads(json.dumps({"score": box.score, "quad": box.quad}))["quad"][0] == list(box.quad[0])


def test_lines_are_read_from_top_to_bottom(reader):
    reading = reader.read(
        written(((60, 400), 40, "third words"), ((60, 50), 40, "first words"), ((90, 200), 24, "second"))
    )
    assert reading.text.lower().splitlines() == ["first words", "second", "third words"]


def test_columns_beside_each_other_are_lines_of_their_own(reader):
    reading = reader.read(written(((20, 100), 32, "left panel"), ((500, 104), 32, "right panel")))
    assert reading.text.splitlines() == ["left panel", "right panel"]


def test_a_picture_without_words_has_no_text(reader):
    assert reader.read(scene(1)) == Reading("", ())
    assert reader.read(Image.new("RGB", (300, 300), "teal")) == Reading("", ())


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (9, 2000), (2000, 9), (33, 33)])
def test_odd_shapes_are_read_as_nothing(reader, size):
    assert reader.read(Image.new("RGB", size, "white")).text == ""


def test_the_bytes_of_a_picture_are_read_upright(reader):
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = written(((100, 200), 60, "upright")).transpose(Image.Transpose.ROTATE_90)
    assert reader.read(saved(lying, "JPEG", exif=exif)).text == "upright"


def test_a_picture_with_transparency_is_read(reader):
    image = Image.new("RGBA", (600, 200), (0, 0, 0, 0))
    ImageDraw.Draw(image).text((50, 60), "see through", fill="black", font=ImageFont.load_default(size=50))
    assert reader.read(saved(image, "PNG")).text == "see through"


def test_a_long_screenshot_is_read_to_its_end(reader):
    lines = [((40, 60 + 90 * number), 18, f"message number {number} of the thread") for number in range(40)]
    reading = reader.read(written(*lines, size=(600, 3700)))
    assert reading.text.splitlines() == [words for _, _, words in lines]
    assert [box.top for box in reading.boxes] == pytest.approx([y / 3700 for (_, y), _, _ in lines], abs=0.005)


def test_a_huge_picture_is_loaded_no_larger_than_worth_reading():
    assert load_for_reading(BytesIO(saved(scene(1, (4000, 3000)), "JPEG"))).size == (2133, 1600)


def test_bytes_that_are_no_picture_are_refused(reader):
    with pytest.raises(BadMedia):
        reader.read(b"these are words, but not in a picture")


def in_a_new_process(script: str) -> str:
    command = [sys.executable, "-c", textwrap.dedent(script)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def test_reading_uses_one_thread_says_nothing_and_asks_no_network():
    output = in_a_new_process("""
        import sys

        def watch(event, arguments):
            if event.startswith(("socket.connect", "socket.getaddrinfo", "urllib.Request", "http.client")):
                print("network:", event, arguments)

        sys.addaudithook(watch)
        import cv2, numpy, onnxruntime, psutil
        from PIL import Image, ImageDraw
        from search.media.ocr import Reader

        before = psutil.Process().num_threads()
        image = Image.new("RGB", (600, 300), "white")
        ImageDraw.Draw(image).text((40, 100), "quiet please", fill="black", font_size=60)
        assert Reader().read(image).text == "quiet please"
        assert psutil.Process().num_threads() <= before
        assert cv2.getNumThreads() == 1
    """)
    assert output == ""


def test_a_process_that_only_looks_at_media_loads_neither_the_models_nor_ffmpeg():
    output = in_a_new_process("""
        import sys
        import search.media

        print(sorted({"onnxruntime", "rapidocr", "cv2", "av", "django"} & set(sys.modules)))
    """)
    assert output.strip() == "[]"
