"""Qwen3-VL-Embedding: pictures and words as vectors of one space. Runs inside the model process (ml.model_process).

The recipe of the model's authors, done directly because their processor needs torchvision: the instruction as system
message, the picture (or words) as the user's, the assistant's turn begun; the hidden state of the last attended token,
cut to the wanted dimension (Matryoshka), at unit length. Weights are read from safetensors only; no code of the folder
is ever run, and its JSON files are read for numbers, never for names of classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from photoarchive.core.errors import Unavailable
from photoarchive.ml.devices import PRECISIONS, Device, Precision, choose_precision, least_memory
from photoarchive.ml.embedder import Picture, Vectors
from photoarchive.ml.model_files import Preprocessing, read_preprocessing

if TYPE_CHECKING:
    import torch

DOCUMENT_INSTRUCTION = "Represent the user's input."
QUERY_INSTRUCTION = "Retrieve images or text relevant to the user's query."
EMPTY = "NULL"                  # what the authors send for an empty text
MAX_TEXT_TOKENS = 512           # a query is a sentence; ten thousand characters must not cost a minute
TOKEN_PIXELS = 32 * 32          # a picture's token shows so many pixels
LONGEST_RATIO = 100             # sides further apart are cut: the model takes 200 at most
IMAGE_BATCH, TEXT_BATCH = 8, 32


class Wanted(msgspec.Struct, frozen=True):
    """How a model shall be used."""

    folder: str
    parameters: int
    dimension: int              # of the vectors: 64 … the model's own
    image_tokens: int           # a photo gets at most so many
    precision: str = ""         # "": what fits


class Loaded(msgspec.Struct, frozen=True):
    """What a model runs on."""

    device: str                 # "NVIDIA H100", "CPU, 2 cores"
    kind: str                   # "cuda", "mps" or "cpu"
    precision: str


class QwenModel:
    """One loaded model. Not thread-safe: the model process serves one call after another."""

    def __init__(self, wanted: Wanted) -> None:
        from tokenizers import Tokenizer

        folder = Path(wanted.folder)
        self._wanted = wanted
        self._processing: Preprocessing = read_preprocessing(folder)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._ids = {name: self._special(name) for name in ("<|endoftext|>", "<|image_pad|>")}
        self._pictures = _image_processor(self._processing)
        device = torch_device()
        precision = _precision(wanted, device)
        self._device = device.kind
        self._network = _load_network(folder, device, precision)
        self.loaded = Loaded(device.name, device.kind, precision.name)

    def encode_images(self, pictures: Sequence[Picture]) -> Vectors:
        """n upright RGB pictures → (n, dimension) unit rows. Raises Unavailable when the memory does not suffice."""
        rows = [self._encode_smaller(list(pictures[at:at + IMAGE_BATCH]))
                for at in range(0, len(pictures), IMAGE_BATCH)]
        return np.concatenate(rows) if rows else np.empty((0, self._wanted.dimension), np.float32)

    def encode_texts(self, texts: Sequence[str], query: bool) -> Vectors:
        """n texts → (n, dimension) unit rows. query: they ask for photos; else they describe them."""
        instruction = QUERY_INSTRUCTION if query else DOCUMENT_INSTRUCTION
        prompts = [self._prompt(instruction, self._words(text)) for text in texts]
        rows = [self._forward(prompts[at:at + TEXT_BATCH], {}) for at in range(0, len(prompts), TEXT_BATCH)]
        return np.concatenate(rows) if rows else np.empty((0, self._wanted.dimension), np.float32)

    # ------------------------------------------------------------------ tokens

    def _special(self, name: str) -> int:
        number = self._tokenizer.token_to_id(name)
        if number is None:
            raise Unavailable(f"The tokenizer of this model lacks the token {name}.")
        return int(number)

    def _tokens(self, text: str, *, special: bool) -> list[int]:
        """special: <|…|> are the model's marks; else they are letters like any others, as in what a user types."""
        self._tokenizer.encode_special_tokens = not special
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _words(self, text: str) -> list[int]:
        return self._tokens(text.strip() or EMPTY, special=False)[:MAX_TEXT_TOKENS]

    def _prompt(self, instruction: str, content: list[int]) -> list[int]:
        before = f"<|im_start|>system\n{instruction}<|im_end|>\n<|im_start|>user\n"
        after = "<|im_end|>\n<|im_start|>assistant\n"
        return self._tokens(before, special=True) + content + self._tokens(after, special=True)

    def _picture_prompt(self, tokens: int) -> list[int]:
        marks = "<|vision_start|>" + "<|image_pad|>" * tokens + "<|vision_end|>"
        return self._prompt(DOCUMENT_INSTRUCTION, self._tokens(marks, special=True))

    # ------------------------------------------------------------------ network

    def _encode_smaller(self, pictures: list[Picture]) -> Vectors:
        """One batch, in halves if the device's memory does not suffice for it whole."""
        import torch

        try:
            return self._encode_pictures(pictures)
        except torch.OutOfMemoryError as error:
            torch.cuda.empty_cache()
            if len(pictures) == 1:
                raise Unavailable("The graphics card has not enough free memory for the search model.") from error
        middle = len(pictures) // 2
        return np.concatenate([self._encode_smaller(pictures[:middle]), self._encode_smaller(pictures[middle:])])

    def _encode_pictures(self, pictures: list[Picture]) -> Vectors:
        import torch

        size = {"shortest_edge": self._processing.min_pixels,
                "longest_edge": max(self._processing.min_pixels, self._wanted.image_tokens * TOKEN_PIXELS)}
        seen = [self._pictures(images=[bounded(picture)], return_tensors="pt", input_data_format="channels_last",
                               size=size) for picture in pictures]
        grids = torch.cat([one["image_grid_thw"] for one in seen])
        merged = self._processing.merge_size ** 2
        prompts = [self._picture_prompt(int(grid.prod()) // merged) for grid in grids]
        pixels = torch.cat([one["pixel_values"] for one in seen]).to(self._device, self._network.dtype)
        return self._forward(prompts, {"pixel_values": pixels, "image_grid_thw": grids.to(self._device)})

    def _forward(self, prompts: list[list[int]], pictures: dict[str, torch.Tensor]) -> Vectors:
        """Prompts, padded at the right → the state of each one's last token."""
        import torch

        lengths = torch.tensor([len(prompt) for prompt in prompts])
        ids = torch.full((len(prompts), int(lengths.max())), self._ids["<|endoftext|>"])
        for row, prompt in zip(ids, prompts, strict=True):
            row[:len(prompt)] = torch.tensor(prompt)
        attended = (torch.arange(ids.shape[1]) < lengths[:, None]).long()
        with torch.inference_mode():
            states = self._network(
                input_ids=ids.to(self._device), attention_mask=attended.to(self._device), use_cache=False,
                mm_token_type_ids=(ids == self._ids["<|image_pad|>"]).int().to(self._device), **pictures,
            ).last_hidden_state
            last = states[torch.arange(len(prompts)), lengths - 1, :self._wanted.dimension].float()
            return np.asarray(torch.nn.functional.normalize(last, dim=-1).cpu().numpy(), np.float32)


def bounded(picture: Picture) -> Picture:
    """A picture whose sides are not too far apart for the model: of a longer strip, the middle."""
    height, width = picture.shape[:2]
    long, short = max(height, width), min(height, width)
    if long <= short * LONGEST_RATIO:
        return picture
    kept = short * LONGEST_RATIO
    begin = (long - kept) // 2
    return picture[begin:begin + kept] if height > width else picture[:, begin:begin + kept]


def torch_device() -> Device:
    """The device torch would use, with its free memory."""
    import psutil
    import torch

    if torch.cuda.is_available():
        free, _ = torch.cuda.mem_get_info()
        return Device("cuda", torch.cuda.get_device_name(), free, bfloat16=torch.cuda.is_bf16_supported(False))
    memory = psutil.virtual_memory()
    if torch.backends.mps.is_available():
        return Device("mps", "Apple GPU", memory.available, bfloat16=True)
    return Device("cpu", f"CPU, {psutil.cpu_count() or 1} cores", memory.available, bfloat16=True)


def _precision(wanted: Wanted, device: Device) -> Precision:
    if wanted.precision:
        return PRECISIONS[wanted.precision]
    quantisation = device.kind == "cuda" and _has("bitsandbytes")
    chosen = choose_precision(device, wanted.parameters, quantisation)
    if chosen is None:
        needed = least_memory(device, wanted.parameters, quantisation)
        raise Unavailable(f"This model needs at least {needed / 1e9:.1f} GB of free memory; "
                          f"{device.name} has {device.free_bytes / 1e9:.1f} GB.")
    return chosen


def _has(library: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(library) is not None


def _image_processor(processing: Preprocessing) -> Any:
    from transformers import Qwen2VLImageProcessorPil

    return Qwen2VLImageProcessorPil(
        patch_size=processing.patch_size, temporal_patch_size=processing.temporal_patch_size,
        merge_size=processing.merge_size, image_mean=list(processing.mean), image_std=list(processing.std),
    )


def _load_network(folder: Path, device: Device, precision: Precision) -> Any:
    """The transformer without its language head, ready to compute."""
    import torch
    from transformers import BitsAndBytesConfig, Qwen3VLModel

    dtype = getattr(torch, _computed_in(precision, device))
    extra: dict[str, Any] = {}
    if precision.quantised:
        small = precision.name == "4-bit"
        quantise: Any = BitsAndBytesConfig
        extra["quantization_config"] = quantise(
            load_in_8bit=not small, load_in_4bit=small, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype)
    straight = device.kind != "cpu" and _has("accelerate")     # weights go to the card without a stay in main memory
    if straight:
        extra["device_map"] = {"": device.kind}
    architecture: Any = Qwen3VLModel
    network, found = architecture.from_pretrained(
        str(folder), dtype=dtype, attn_implementation="sdpa", local_files_only=True, use_safetensors=True,
        trust_remote_code=False, output_loading_info=True, **extra)
    lacking = sorted(found["missing_keys"])
    if lacking:
        raise Unavailable(f"The weights of this model are not complete: {lacking[0]} is missing.")
    return network.eval() if straight else network.eval().to(device.kind)


def _computed_in(precision: Precision, device: Device) -> str:
    if precision.quantised:
        return "bfloat16" if device.bfloat16 else "float16"
    return precision.name
