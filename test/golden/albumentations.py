"""Reference values of the five transforms: albumentations 1.3.1 on OpenCV 5.

Writes albumentations.json beside this file. Run: python albumentations.py
Needs: albumentations==1.3.1, opencv-python-headless==5.0.0, numpy.
"""

import json
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
# This script has the package's name: without this it would import itself.
sys.path = [entry for entry in sys.path if Path(entry or ".").resolve() != here]

import albumentations
import cv2
import numpy as np
from albumentations.augmentations import functional as pixel
from albumentations.augmentations.geometric import functional as geometric

random = np.random.default_rng(20)
SHAPES = [(8, 8, 1), (8, 8, 3), (9, 9, 3), (7, 10, 1), (10, 7, 3), (1, 5, 1), (2, 1, 3)]
WARPS = [
    {"angle": 30.0, "scale": 1.05, "dx": 0.03, "dy": -0.05},
    {"angle": -45.0, "scale": 0.9, "dx": 0.0625, "dy": -0.0625},
    {"angle": 90.0, "scale": 1.0, "dx": 0.0, "dy": 0.0},
    {"angle": 0.0, "scale": 1.0, "dx": 0.1, "dy": 0.0},
    {"angle": 12.5, "scale": 0.35, "dx": -0.4, "dy": 0.7},
    {"angle": 170.0, "scale": 2.5, "dx": 0.0, "dy": 0.2},
]
LIGHTS = [
    {"alpha": 1.2, "beta": 0.2},
    {"alpha": 0.8, "beta": -0.2},
    {"alpha": 1.0731, "beta": -0.1234},
    {"alpha": 0.95, "beta": 0.05},
    {"alpha": 1.0, "beta": 0.0},
]


def draw(shape, dtype):
    if dtype == "float32":
        return random.random(shape, dtype=np.float32)
    return random.integers(0, np.iinfo(dtype).max + 1, shape).astype(dtype)


def pack(image, shape):
    image = np.asarray(image).reshape(shape)
    data = [float(f"{v:.8g}") for v in image.ravel()] if image.dtype == np.float32 else [int(v) for v in image.ravel()]
    return {"dtype": str(image.dtype), "shape": list(shape), "data": data}


cases = []
for dtype in ["float32", "uint8", "uint16"]:
    for shape in SHAPES:
        image = draw(shape, dtype)
        turned = (shape[1], shape[0], shape[2])
        outputs = [
            ("transpose", {}, geometric.transpose(image), turned),
            ("horizontalFlip", {}, geometric.hflip(image), shape),
            ("verticalFlip", {}, geometric.vflip(image), shape),
        ]
        outputs += [("shiftScaleRotate", p, geometric.shift_scale_rotate(image, **p), shape) for p in WARPS]
        outputs += [
            ("brightnessContrast", p, pixel.brightness_contrast_adjust(image, **p, beta_by_max=True), shape) for p in LIGHTS
        ]
        cases.append(
            {
                "image": pack(image, shape),
                "outputs": [{"transform": t, "params": p, "output": pack(o, s)} for t, p, o, s in outputs],
            }
        )

result = {
    "madeWith": {"albumentations": albumentations.__version__, "opencv": cv2.__version__, "numpy": np.__version__},
    "cases": cases,
}
target = here / "albumentations.json"
target.write_text(json.dumps(result, separators=(",", ":")) + "\n")
print(target.name, target.stat().st_size, "bytes")
