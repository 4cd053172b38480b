"""The bundled model: EfficientNet-Lite2 sees, MiniLM reads, and they meet in the classes of ImageNet (ml.lite_text).

Needs no torch and no download; runs in the calling thread on one core. It knows things, animals, food, vehicles and
buildings well; people, actions and other languages hardly: the interface calls it "basic search".
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from photoarchive.imaging.squares import centre_square
from photoarchive.ml.embedder import Calibration, Guess, Picture, Sight, Vectors, unit_rows
from photoarchive.ml.lite_files import lite_version, load_lite
from photoarchive.ml.lite_network import SIDE
from photoarchive.ml.lite_text import Bridge, Classes, Sentences, prepared, read_numbers
from photoarchive.ml.runtime import open_session

NAME, LOOK_NAME = "lite", "lite-look"
EVIDENCE = 1.5              # weight of how far a class stands out, against how probable it is
GUESSES = 5
FLAT = 16                   # a picture whose lightest and darkest values lie closer, of 255, shows one colour
# At 4 standard deviations all of 55 captions and 209 of 210 names of things still find their photo among 1,316, and
# half as many others with it as at 3 (14 and 2 photos, not 48 and 4).
CALIBRATION = Calibration(unrelated_mean=0.0, unrelated_sigma=0.06, similar=0.80, stands_out=4.0)

Floats = npt.NDArray[np.float32]


class LiteEmbedder:
    """The bundled model, loaded. Thread-safe."""

    name = NAME
    side = SIDE
    calibration = CALIBRATION

    def __init__(self, models_dir: Path) -> None:
        files = load_lite(models_dir)
        numbers = read_numbers(files.numbers)
        self.version = lite_version()
        self._network = open_session(files.image_network, keep_memory=True)
        self._sentences = Sentences(files.text_model, files.tokenizer)
        self._classes = Classes.read(files.classes, numbers["terms"].astype(np.float32))
        self._bridge = Bridge(self._classes)
        self._usual, self._spread = numbers["logit_mean"], numbers["logit_spread"]
        self._usual_look = numbers["look_mean"].astype(np.float32)

    @property
    def dimension(self) -> int:
        """Length of vectors that meet words."""
        return self._bridge.dimension

    @property
    def look_key(self) -> str:
        """Where the vectors for comparing photos with each other are kept."""
        return f"{LOOK_NAME}:{self.version}"

    def encode_images(self, pictures: Sequence[Picture]) -> Vectors:
        """n pictures → (n, dimension) unit rows."""
        return self.look_at(pictures).vectors

    def encode_texts(self, texts: Sequence[str], query: bool = True) -> Vectors:
        """n texts → (n, dimension) unit rows; the model makes no difference between queries and descriptions."""
        return self._bridge.of_texts(texts, self._sentences.encode([prepared(text) for text in texts]))

    def look_at(self, pictures: Sequence[Picture]) -> Sight:
        """Vectors, looks (n, 1280) and the five most probable labels of n pictures."""
        rows = [self._look(picture) for picture in pictures]
        if not rows:
            return Sight(np.zeros((0, self.dimension), np.float32), np.zeros((0, 1280), np.float32), [])
        seen, chance, looks = (np.stack(parts) for parts in zip(*rows, strict=True))
        return Sight(self._bridge.of_pictures(seen, chance), unit_rows(looks - self._usual_look),
                     [self._guesses(row) for row in chance])

    def close(self) -> None:
        """Nothing is held but memory."""

    def answering_for(self, version: str) -> LiteEmbedder:
        """The same networks under the name of an earlier version that is alike: to ask its vectors, not to add any."""
        earlier = copy.copy(self)
        earlier.version = version
        return earlier

    def _look(self, picture: Picture) -> tuple[Floats, Floats, Floats]:
        """What two views of one picture agree on: classes seen, their probabilities, features."""
        square = centre_square(picture, SIDE)
        flat = bool((np.ptp(square, axis=(0, 1)) < FLAT).all())
        inputs = square[None].transpose(0, 3, 1, 2).astype(np.float32, order="C")
        inputs -= 127
        inputs *= 1 / 128
        logits, features = (views[0] for views in self._network.run(["logits", "feat"], {"x": inputs}))
        chance = np.exp(logits - logits.max(1, keepdims=True))
        chance /= chance.sum(1, keepdims=True)
        if flat:                    # the network takes a red wall for a handkerchief
            chance[:] = 1 / chance.shape[1]
        evidence = EVIDENCE * unit_rows((logits - self._usual) / self._spread) + np.sqrt(chance)
        return unit_rows(evidence).mean(0), chance.mean(0), features.mean(0)

    def _guesses(self, chance: Floats) -> list[Guess]:
        best = np.argsort(-chance)[:GUESSES]
        return [Guess(self._classes.labels[at], float(chance[at])) for at in best]
