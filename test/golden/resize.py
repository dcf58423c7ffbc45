"""Reference values of resize: TensorFlow (stretch, contain) and Pillow (stretch, cover).

Writes resize.json beside this file. Run: python resize.py
Needs: tensorflow-cpu==2.21, pillow, numpy.
"""

import json
from pathlib import Path

import numpy as np
import PIL
import tensorflow as tf
from PIL import Image

random = np.random.default_rng(5)
IMAGES = {
    "reals": random.random((9, 7, 1), dtype=np.float32),
    "bytes": random.integers(0, 256, (13, 6, 3)).astype("uint8"),
    "words": random.integers(0, 65536, (24, 31, 1)).astype("uint16"),
    "strip": random.integers(0, 256, (6, 28, 1)).astype("uint8"),
    "dot": random.random((1, 1, 3), dtype=np.float32),
}
SIZES = {
    "reals": [(9, 7), (5, 4), (20, 15), (3, 21)],
    "bytes": [(7, 7), (13, 3), (16, 16)],
    "words": [(10, 10), (24, 5), (30, 40)],
    "strip": [(9, 9), (4, 12)],
    "dot": [(3, 2)],
}


def pack(image):
    image = np.asarray(image)
    data = [float(f"{v:.8g}") for v in image.ravel()] if image.dtype == np.float32 else [int(v) for v in image.ravel()]
    return {"dtype": str(image.dtype), "shape": list(image.shape), "data": data}


def scan(height, width):
    """A film of words by formula, so that a large one needs no storing; the test makes the same."""
    y, x = np.mgrid[:height, :width]
    return ((y * 7919 + x * 104729 + (y * x) % 977 * 61) % 65536).astype("uint16")[..., None]


def stretch(image, size, antialias):
    return tf.image.resize(image.astype("float32"), size, method="bilinear", antialias=antialias).numpy()


def contain(image, size):
    """tf.image.resize_with_pad is no reference: it places 3 of 7 columns from 1, as it floors (7 - 3.23) / 2."""
    height, width = image.shape[:2]
    ratio = min(size[0] / height, size[1] / width)
    inside = (max(1, int(height * ratio + 0.5)), max(1, int(width * ratio + 0.5)))
    top, left = (size[0] - inside[0]) // 2, (size[1] - inside[1]) // 2
    padded = np.zeros((*size, image.shape[2]), np.float32)
    padded[top : top + inside[0], left : left + inside[1]] = stretch(image, inside, True)
    return padded


def pillow(image, size, box=None):
    """Pillow filters reals in 32 bits, channel by channel."""
    channels = [
        np.asarray(Image.fromarray(image[..., c].astype("float32")).resize(size[::-1], Image.BILINEAR, box=box))
        for c in range(image.shape[2])
    ]
    return np.stack(channels, -1)


def cover(image, size):
    height, width = image.shape[:2]
    scale = min(height / size[0], width / size[1])
    top, left = (height - scale * size[0]) / 2, (width - scale * size[1]) / 2
    # The sum may pass the border by a rounding, which Pillow refuses.
    box = (left, top, min(width, left + scale * size[1]), min(height, top + scale * size[0]))
    return pillow(image, size, box)


cases = []
for name, image in IMAGES.items():
    for size in SIZES[name]:
        for reference, fit, antialias, output in [
            ("tensorflow", "stretch", True, stretch(image, size, True)),
            ("tensorflow", "stretch", False, stretch(image, size, False)),
            ("tensorflow", "contain", True, contain(image, size)),
            ("pillow", "stretch", True, pillow(image, size)),
            ("pillow", "cover", True, cover(image, size)),
        ]:
            cases.append(
                {"reference": reference, "image": name, "size": size, "fit": fit, "antialias": antialias, "output": pack(output)}
            )

film = scan(1000, 800)
scans = [{"height": 1000, "width": 800, "size": [16, 16], "output": pack(stretch(film, (16, 16), True))}]

result = {
    "madeWith": {"tensorflow": tf.__version__, "pillow": PIL.__version__, "numpy": np.__version__},
    "images": {name: pack(image) for name, image in IMAGES.items()},
    "cases": cases,
    "scans": scans,
}
target = Path(__file__).with_name("resize.json")
target.write_text(json.dumps(result, separators=(",", ":")) + "\n")
print(target.name, target.stat().st_size, "bytes")
