"""Folders that are no fitting model: each is refused with its reason, and none is believed or executed."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path

import pytest

from photoarchive.bench._tiny_qwen import write_tiny_model
from photoarchive.ml.devices import Device, choose_precision, least_memory
from photoarchive.ml.model_files import Unfit, inspect_folder


@pytest.fixture
def folder(tmp_path) -> Path:
    return write_tiny_model(tmp_path / "model")


def change(folder: Path, name: str, **values: object) -> None:
    content = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps(content | values))


def header(folder: Path, change_it) -> None:
    """Rewrite the header of the weights; the data stay."""
    path = folder / "model.safetensors"
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    entries = json.loads(data[8:8 + length])
    change_it(entries)
    text = json.dumps(entries).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length:])


def test_a_fitting_folder_tells_its_facts(folder):
    facts = inspect_folder(folder)
    assert (facts.hidden, facts.layers, facts.parameters) == (64, 3, 284_512)
    assert {file.name for file in facts.files} == {
        "config.json", "preprocessor_config.json", "tokenizer.json", "model.safetensors"}


def test_weights_in_several_files_are_read(folder):
    data = (folder / "model.safetensors").read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    entries = json.loads(data[8:8 + length])
    entries.pop("__metadata__")
    names = list(entries)
    for number, part in enumerate((names[:40], names[40:]), 1):
        begin = entries[part[0]]["data_offsets"][0]
        text = json.dumps({name: entries[name] | {"data_offsets": [at - begin for at in entries[name]["data_offsets"]]}
                           for name in part}).encode()
        body = data[8 + length + begin:8 + length + entries[part[-1]]["data_offsets"][1]]
        (folder / f"model-0000{number}-of-00002.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + body)
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {
        name: f"model-0000{1 if name in names[:40] else 2}-of-00002.safetensors" for name in names}}))
    assert inspect_folder(folder).parameters == 284_512
    (folder / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(Unfit, match="not complete: model-00002-of-00002.safetensors is missing"):
        inspect_folder(folder)


def lose(name):
    return lambda folder: (folder / name).unlink()


def pickled(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def cut(folder):
    os.truncate(folder / "model.safetensors", 500_000)


def lengthen(folder):
    with (folder / "model.safetensors").open("ab") as file:
        file.write(b"x" * 1000)


def pipe(folder):
    (folder / "config.json").unlink()
    os.mkfifo(folder / "config.json")


def link_out(folder):
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.json").symlink_to("/etc/hostname")


def link_round(folder):
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer.json").symlink_to("tokenizer.json")


def huge_header(folder):
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 2**63) + b"{}")


def index_outside(folder):
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"a": "../../secret.safetensors"}}))


def overlap(folder):
    header(folder, lambda entries: entries["model.visual.pos_embed.weight"].update(data_offsets=[0, 8192]))


def wrong_shape(folder):
    header(folder, lambda entries: entries["model.visual.pos_embed.weight"].update(shape=[10**12, 10**12]))


def no_pictures(folder):
    from photoarchive.bench import _tiny_qwen as tiny

    weights = {name: value for name, value in tiny._weights(338, 0).items() if "visual" not in name}
    tiny.write_safetensors(folder / "model.safetensors", weights)


def deep_json(folder):
    (folder / "config.json").write_text('{"a":' * 100_000 + "1" + "}" * 100_000)


@pytest.mark.parametrize(("harm", "reason"), [
    (lose("config.json"), "holds no model"), (lose("tokenizer.json"), "tokenizer.json is missing"),
    (lose("preprocessor_config.json"), "preprocessor_config.json is missing"),
    (lose("model.safetensors"), "model.safetensors is missing"),
    (pickled, "can carry program code (pytorch_model.bin)"), (cut, "it is cut off"),
    (lengthen, "1 000 bytes that belong to no tensor"), (pipe, "not a plain file"),
    (link_out, "leads out of the folder"),
    (link_round, "leads nowhere"), (huge_header, "cut off or no safetensors file"),
    (index_outside, "does not name the files of weights"), (overlap, "overlap or leave gaps"),
    (wrong_shape, "does not fit its shape"), (no_pictures, "do not fit config.json"), (deep_json, "damaged"),
    (lambda f: change(f, "config.json", model_type="bert"), "a model of another kind (bert)"),
    (lambda f: change(f, "config.json", auto_map={"AutoModel": "evil.Model"}), "runs no code of models"),
    (lambda f: change(f, "config.json", quantization_config={"quant_method": "gptq"}), "already quantised"),
    (lambda f: change(f, "config.json", image_token_id=5), "does not belong to this model"),
    (lambda f: change(f, "config.json", text_config=7), "lacks its part text_config"),
    (lambda f: change(f, "config.json", vision_config={"depth": 10**9}), "do not fit config.json"),
    (lambda f: change(f, "preprocessor_config.json", patch_size=10**9), "patch_size must be a whole number"),
    (lambda f: change(f, "preprocessor_config.json", image_std=[0, 0, 0]), "image_std must be three numbers"),
    (lambda f: (f / "config.json").write_text("{"), "config.json in"),
    (lambda f: (f / "tokenizer.json").write_text("[]"), "damaged"),
])
def test_a_folder_that_does_not_fit_gets_its_reason(folder, harm, reason):
    harm(folder)
    with pytest.raises(Unfit) as caught:
        inspect_folder(folder)
    assert reason in caught.value.sentence
    assert caught.value.sentence.endswith(".")


def test_a_snapshot_of_the_hubs_own_cache_fits_by_its_links(tmp_path):
    cache = tmp_path / "models--Qwen--Tiny"
    snapshot = cache / "snapshots" / "0123"
    write_tiny_model(cache / "blobs")
    snapshot.mkdir(parents=True)
    for path in (cache / "blobs").iterdir():
        (snapshot / path.name).symlink_to(f"../../blobs/{path.name}")
    assert inspect_folder(snapshot).parameters == 284_512


def card(free_gb: float, bfloat16: bool = True) -> Device:
    return Device("cuda", "card", int(free_gb * 1e9), bfloat16)


@pytest.mark.parametrize(("device", "parameters", "precision"), [
    (card(24), 2.13e9, "bfloat16"), (card(24, bfloat16=False), 2.13e9, "float16"), (card(4), 2.13e9, "int8"),
    (card(2.6), 2.13e9, "4-bit"), (card(2), 2.13e9, None), (card(24), 8.14e9, "bfloat16"), (card(12), 8.14e9, "int8"),
    (card(8), 8.14e9, "4-bit"), (card(8), 284_512, "float32"),
    (Device("cpu", "CPU", int(12e9), True), 2.13e9, "float32"),
    (Device("cpu", "CPU", int(8e9), True), 2.13e9, "bfloat16"),
    (Device("cpu", "CPU", int(3e9), True), 2.13e9, None),
    (Device("mps", "Apple", int(12e9), True), 2.13e9, "float16"),
])
def test_the_most_exact_precision_that_fits_is_chosen(device, parameters, precision):
    chosen = choose_precision(device, int(parameters), quantisation=True)
    assert (chosen.name if chosen else None) == precision
    assert (least_memory(device, int(parameters), quantisation=True) <= device.free_bytes) == (precision is not None)
