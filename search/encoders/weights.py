"""Where the weights of an OpenCLIP model lie, and the certainty that they are safetensors and not a pickle.

open_clip 3.3 prefers safetensors but falls back to ``torch.load`` without a word, even when only the network failed.
So the file is chosen here, and nothing but the file chosen here is ever opened.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from huggingface_hub import hf_hub_download
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, LocalEntryNotFoundError

from search.encoders.base import EncoderError
from search.encoders.specs import OpenClipSpec
from search.encoders.torchvision_shim import import_open_clip

CONFIG_NAME = "open_clip_config.json"
WEIGHTS_NAME = "open_clip_model.safetensors"
_PICKLE_SUFFIXES = {".bin", ".pt", ".pth", ".ckpt", ".pkl"}
_PREPROCESS_KEYS = ("mean", "std", "interpolation", "resize_mode", "fill_color", "size")
_NO_PICKLES = "Weights are loaded from safetensors only, because opening a pickle runs whatever code is inside"


@dataclass(frozen=True)
class Checkpoint:
    """A model to build: what open_clip calls its architecture and tokenizer, and the safetensors file to fill it with."""

    architecture: str
    tokenizer: str
    weights: Path
    preprocess: dict[str, Any] = field(default_factory=dict)
    needs_quick_gelu: bool = False


def find_checkpoint(spec: OpenClipSpec) -> Checkpoint:
    """Return the model that ``spec`` names, downloaded if need be; raise EncoderError when there is none to be had."""
    find = {"local-dir": _find_in_folder, "hf-hub": _find_on_hub, "tag": _find_by_tag}[spec.origin]
    return find(spec)


def fingerprint(checkpoint: Checkpoint, *configs: object) -> str:
    """Return 16 hex digits that change whenever the weights' bytes or any of the JSON-able configs do."""
    digest = hashlib.sha256(_hash_file(checkpoint.weights).encode())
    digest.update(json.dumps(configs, sort_keys=True, default=str).encode())
    return digest.hexdigest()[:16]


def read_config(checkpoint: Checkpoint) -> str:
    """The configuration file beside the weights, which also says how pictures are prepared; "" for a model known by name."""
    _, is_folder, folder = checkpoint.architecture.partition("local-dir:")
    return (Path(folder) / CONFIG_NAME).read_bytes().decode(errors="replace") if is_folder else ""


def _hash_file(path: Path) -> str:
    # The hub's cache names large files by their SHA-256; anything else takes about a second per gigabyte, once a start.
    if re.fullmatch(r"[0-9a-f]{64}", path.resolve().name):
        return path.resolve().name
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _find_in_folder(spec: OpenClipSpec) -> Checkpoint:
    folder = Path(spec.source).expanduser()
    if not folder.is_dir():
        raise EncoderError(f"The model folder {folder} does not exist.")
    _check_config(folder / CONFIG_NAME)
    architecture = f"local-dir:{folder}"
    return Checkpoint(architecture, architecture, _choose_weights(folder))


def _choose_weights(folder: Path) -> Path:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    candidates = [path for path in files if path.suffix == ".safetensors"]
    named = [path for path in candidates if path.name == WEIGHTS_NAME]
    if len(candidates) == 1 or named:
        return (named or candidates)[0]
    if candidates:
        names = ", ".join(path.name for path in candidates)
        raise EncoderError(f"{folder} holds several weights ({names}); call the right one {WEIGHTS_NAME}.")
    pickles = [path.name for path in files if path.suffix in _PICKLE_SUFFIXES]
    found = f"only {', '.join(pickles)}" if pickles else "no weights"
    raise EncoderError(f"{folder} holds {found}. {_NO_PICKLES}; put {WEIGHTS_NAME} there.")


def _find_on_hub(spec: OpenClipSpec) -> Checkpoint:
    config = _download(spec.source, CONFIG_NAME)
    _check_config(config)
    # The same commit for both files: the snapshot folder is named after it.
    weights = _download(spec.source, WEIGHTS_NAME, commit=config.parent.name)
    return Checkpoint(f"local-dir:{config.parent}", f"hf-hub:{spec.source}", weights)


def _find_by_tag(spec: OpenClipSpec) -> Checkpoint:
    open_clip = import_open_clip()
    model = spec.source.replace("/", "-")
    if open_clip.get_model_config(model) is None:
        raise EncoderError(f"OpenCLIP knows no model {spec.source!r}.")
    tag = open_clip.get_pretrained_cfg(model, spec.tag)
    if not tag:
        known = ", ".join(open_clip.list_pretrained_tags_by_model(model)) or "none"
        raise EncoderError(f"{spec.source} has no pretrained weights {spec.tag!r}; OpenCLIP knows: {known}.")
    repo, _, filename = str(tag.get("hf_hub", "")).rpartition("/")
    if not repo:
        raise EncoderError(f"{spec.source}:{spec.tag} is published as a pickle only. {_NO_PICKLES}.")
    weights = _download(repo, _safetensors_name(filename))
    preprocess = {key: tag[key] for key in _PREPROCESS_KEYS if tag.get(key) is not None}
    return Checkpoint(model, model, weights, preprocess, bool(tag.get("quick_gelu")))


def _safetensors_name(filename: str) -> str:
    if filename in ("", "open_clip_pytorch_model.bin"):
        return WEIGHTS_NAME
    return Path(filename).with_suffix(".safetensors").name


def _download(repo: str, filename: str, commit: str | None = None) -> Path:
    """Return the path of a hub file in the local cache, asking the hub for it unless HF_HUB_OFFLINE is set."""
    try:
        return Path(hf_hub_download(repo, filename, revision=commit))
    except LocalEntryNotFoundError as error:
        raise EncoderError(f"{repo} is not in the local cache and its hub cannot be reached.") from error
    except EntryNotFoundError as error:
        raise EncoderError(f"{repo} publishes no {filename}. {_NO_PICKLES}.") from error
    except (HfHubHTTPError, httpx.HTTPError, OSError, ValueError) as error:
        raise EncoderError(f"{filename} of {repo} cannot be downloaded: {error}") from error


def _check_config(path: Path) -> None:
    """Refuse what is no OpenCLIP configuration, and one that asks to run code of its own."""
    try:
        text_cfg = json.loads(path.read_bytes())["model_cfg"]["text_cfg"]
        runs_code = "trust_remote_code" in (text_cfg.get("tokenizer_kwargs") or {})
    except FileNotFoundError:
        raise EncoderError(f"{path.parent} holds no {path.name}, so it is no OpenCLIP model folder.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EncoderError(f"{path} is not an OpenCLIP configuration: {error!r}") from error
    if runs_code:
        raise EncoderError(f"{path} asks for trust_remote_code, which would run code that came with the model.")
