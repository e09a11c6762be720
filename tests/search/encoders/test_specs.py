"""What MSE_ENCODER may say, and what loading it costs."""

from __future__ import annotations

import pytest

from search.encoders import EncoderError, check_spec, load
from tests.search.encoders.processes import run_python

GOOD = [
    "lite",
    "openclip:ViT-B-16-SigLIP2:webli",
    "openclip:ViT-B-32:laion2b_s34b_b79k",
    "openclip:hf-hub:timm/ViT-B-16-SigLIP2",
    "openclip:local-dir:models/clip",
    "openclip:local-dir:/srv/my models: old/clip",
    "openclip-int8:ViT-B-16-SigLIP2:webli",
    "openclip-int8:local-dir:models/clip",
    "remote:http://gpu.example.org:1708",
    "remote:https://gpu.example.org/encoder/",
    "remote:http://[::1]:1708",
]
BAD = [
    "",
    "Lite",
    "lite:2",
    "siglip",
    "openclip",
    "openclip:",
    "openclip:ViT-B-32",
    "openclip:ViT-B-32:",
    "openclip::webli",
    "openclip:ViT-B-32:webli:more",
    "openclip:hf-hub:",
    "openclip:hf-hub:no-owner",
    "openclip:hf-hub:a/b/c",
    "openclip:local-dir:",
    "openclip:local-dir: ",
    "openclip:local-dir:a\0b",
    "openclip:ViT B:webli",
    "openclip-int4:ViT-B-32:webli",
    "openclip-int8:lite",
    "remote:",
    "remote:gpu:1708",
    "remote:ftp://gpu:1708",
    "remote:http://:1708",
    "remote:http://gpu:99999",
    "remote:http://me:secret@gpu:1708",
    "remote:http://gpu:1708/?x",
    "remote:http://[::1",
]


@pytest.mark.parametrize("spec", GOOD)
def test_a_well_formed_spec_passes_without_looking_for_the_model(spec: str) -> None:
    check_spec(spec)


@pytest.mark.parametrize("spec", BAD)
def test_a_malformed_spec_is_refused_with_the_forms_there_are(spec: str) -> None:
    with pytest.raises(EncoderError, match="Use lite, openclip:MODEL:PRETRAINED"):
        check_spec(spec)
    with pytest.raises(EncoderError, match="Use lite"):
        load(spec)


def test_lite_and_the_package_import_nothing_heavy() -> None:
    heavy = {
        "torch",
        "open_clip",
        "torchvision",
        "transformers",
        "timm",
        "onnxruntime",
        "faiss",
        "django",
        "huggingface_hub",
    }
    code = "import sys; from search.encoders import *; check_spec('openclip:a:b'); load('lite').encode_texts(['a']);"
    assert not heavy & set(run_python(code + "print(*sys.modules, sep='\\n')"))


SAME = """
import hashlib
from PIL import Image
from search.encoders import Picture, load
for encoder in (load("lite"), load("openclip:local-dir:tests/data/tiny_clip", device="cpu")):
    vectors = [
        encoder.encode_texts(["red circle", "grumpy 猫"]),
        encoder.encode_pictures([Picture(Image.linear_gradient("L").convert("RGB"), "words")]),
    ]
    print(encoder.revision, hashlib.sha256(b"".join(one.tobytes() for one in vectors)).hexdigest())
"""


def test_other_processes_compute_the_same_vectors() -> None:
    said = run_python(SAME, PYTHONHASHSEED="1")
    assert len(said) == 2
    assert said == run_python(SAME, PYTHONHASHSEED="2")
