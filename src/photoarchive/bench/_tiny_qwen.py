"""A seeded random model of 284,512 parameters with the architecture of Qwen3-VL-Embedding, as a folder of files.

It knows nothing, but every part is real: shapes, tokenizer, special tokens, processing. Tests and the benchmark `embed`
run on it. Written with numpy alone, in a tenth of a second, the same bytes each time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

HIDDEN, INNER, LAYERS, HEADS, KEY_HEADS, HEAD = 64, 128, 3, 4, 2, 16
SEEN, SEEN_INNER, SEEN_LAYERS, PATCH, FRAMES, POSITIONS, MERGED = 32, 64, 3, 16, 2, 64, 4
SPREAD = 0.02       # standard deviation of fresh weights, as transformers draws them
SPECIAL_TOKENS = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
)
# How the real model cuts text into pieces before it looks them up.
PIECES = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
CORPUS = ("Represent the user's input.", "Retrieve images or text relevant to the user's query.",
          "a photo of a cat system user assistant")
PREPROCESSOR = {
    "do_convert_rgb": True, "do_normalize": True, "do_rescale": True, "do_resize": True,
    "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "image_processor_type": "Qwen2VLImageProcessor",
    "merge_size": 2, "patch_size": PATCH, "resample": 3, "rescale_factor": 1 / 255, "temporal_patch_size": FRAMES,
    "size": {"longest_edge": 1_843_200, "shortest_edge": 4096},
}


def write_tiny_model(folder: Path, seed: int = 0) -> Path:
    """Write the model's files into a folder and return it. Another seed gives another model of the same shape."""
    from tokenizers import Tokenizer

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer: Tokenizer = _tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    ids = {token: int(tokenizer.token_to_id(token) or 0) for token in SPECIAL_TOKENS}
    _write_json(folder / "config.json", _config(tokenizer.get_vocab_size(), ids))
    _write_json(folder / "preprocessor_config.json", PREPROCESSOR)
    _write_json(folder / "tokenizer_config.json", {"tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|im_end|>",
                                                   "pad_token": "<|endoftext|>"})
    write_safetensors(folder / "model.safetensors", _weights(tokenizer.get_vocab_size(), seed))
    return folder


def write_safetensors(path: Path, tensors: Mapping[str, npt.NDArray[np.float32]]) -> None:
    """The safetensors format: length of the header (u64), header (JSON), data."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [end, end + tensor.nbytes]}
        end += tensor.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in tensors.values():
            file.write(tensor.tobytes())


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2), "utf-8")


def _tokenizer() -> Any:
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PIECES), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS * 20, trainers.BpeTrainer(
        vocab_size=400, special_tokens=[], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.add_special_tokens(list(SPECIAL_TOKENS))
    return tokenizer


def _config(vocabulary: int, ids: Mapping[str, int]) -> dict[str, Any]:
    return {
        "architectures": ["Qwen3VLForConditionalGeneration"], "model_type": "qwen3_vl", "dtype": "float32",
        "image_token_id": ids["<|image_pad|>"], "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"], "vision_end_token_id": ids["<|vision_end|>"],
        "tie_word_embeddings": True,
        "text_config": {
            "model_type": "qwen3_vl_text", "vocab_size": vocabulary, "hidden_size": HIDDEN, "head_dim": HEAD,
            "intermediate_size": INNER, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
            "num_key_value_heads": KEY_HEADS, "max_position_embeddings": 4096,
            "rope_parameters": {"rope_type": "default", "rope_theta": 5e6, "mrope_section": [4, 2, 2],
                                "mrope_interleaved": True},
        },
        "vision_config": {
            "model_type": "qwen3_vl", "depth": SEEN_LAYERS, "hidden_size": SEEN, "intermediate_size": SEEN_INNER,
            "num_heads": 2, "patch_size": PATCH, "temporal_patch_size": FRAMES, "spatial_merge_size": 2,
            "out_hidden_size": HIDDEN, "num_position_embeddings": POSITIONS, "deepstack_visual_indexes": [0, 1],
        },
    }


def _weights(vocabulary: int, seed: int) -> dict[str, npt.NDArray[np.float32]]:
    """Norms are one, biases zero, all else normal."""
    drawn = np.random.default_rng(seed)
    weights = {}
    for name, shape in (_language_shapes(vocabulary) | _vision_shapes()).items():
        if name.endswith(".bias"):
            weights[name] = np.zeros(shape, np.float32)
        elif "norm" in name:
            weights[name] = np.ones(shape, np.float32)
        else:
            weights[name] = (drawn.standard_normal(shape) * SPREAD).astype(np.float32)
    return weights


def _language_shapes(vocabulary: int) -> dict[str, tuple[int, ...]]:
    top = "model.language_model."
    shapes: dict[str, tuple[int, ...]] = {top + "embed_tokens.weight": (vocabulary, HIDDEN),
                                          top + "norm.weight": (HIDDEN,)}
    for layer in range(LAYERS):
        parts = {
            "input_layernorm": (HIDDEN,), "post_attention_layernorm": (HIDDEN,),
            "self_attn.q_norm": (HEAD,), "self_attn.k_norm": (HEAD,),
            "self_attn.q_proj": (HEADS * HEAD, HIDDEN), "self_attn.k_proj": (KEY_HEADS * HEAD, HIDDEN),
            "self_attn.v_proj": (KEY_HEADS * HEAD, HIDDEN), "self_attn.o_proj": (HIDDEN, HEADS * HEAD),
            "mlp.gate_proj": (INNER, HIDDEN), "mlp.up_proj": (INNER, HIDDEN), "mlp.down_proj": (HIDDEN, INNER),
        }
        shapes |= {f"{top}layers.{layer}.{name}.weight": shape for name, shape in parts.items()}
    return shapes


def _vision_shapes() -> dict[str, tuple[int, ...]]:
    top = "model.visual."
    merged = SEEN * MERGED
    linear: dict[str, tuple[int, ...]] = {"patch_embed.proj": (SEEN, 3, FRAMES, PATCH, PATCH)}
    for layer in range(SEEN_LAYERS):
        linear |= {
            f"blocks.{layer}.attn.qkv": (3 * SEEN, SEEN), f"blocks.{layer}.attn.proj": (SEEN, SEEN),
            f"blocks.{layer}.mlp.linear_fc1": (SEEN_INNER, SEEN), f"blocks.{layer}.mlp.linear_fc2": (SEEN, SEEN_INNER),
            f"blocks.{layer}.norm1": (SEEN,), f"blocks.{layer}.norm2": (SEEN,),
        }
    for merger, width in (("merger", SEEN), ("deepstack_merger_list.0", merged), ("deepstack_merger_list.1", merged)):
        linear |= {f"{merger}.norm": (width,), f"{merger}.linear_fc1": (merged, merged),
                   f"{merger}.linear_fc2": (HIDDEN, merged)}
    shapes: dict[str, tuple[int, ...]] = {top + "pos_embed.weight": (POSITIONS, SEEN)}
    for name, shape in linear.items():
        shapes |= {f"{top}{name}.weight": shape, f"{top}{name}.bias": shape[:1]}
    return shapes
