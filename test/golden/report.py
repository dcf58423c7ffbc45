"""Reference values of the report's overlays: SHAP's colour map, its shared scale, its grey background.

Needs shap, numpy and matplotlib:  python test/golden/report.py
"""

import json
from pathlib import Path

import numpy as np
from shap.plots.colors import red_transparent_blue

HERE = Path(__file__).parent
random = np.random.default_rng(5)


def image_plot_scale(maps):
    """The scale of shap.image_plot: 99.9 percentile of the absolute sums over all rows and outputs."""
    return float(np.nanpercentile(np.concatenate([np.abs(m.sum(-2)).ravel() for m in maps]), 99.9))


def image_plot_pixels(image, summed, scale):
    """What image_plot draws on white: the autoscaled grey picture at alpha .15, then the coloured values."""
    grey = 0.2989 * image[:, :, 0] + 0.5870 * image[:, :, 1] + 0.1140 * image[:, :, 2]
    grey = (grey - grey.min()) / (grey.max() - grey.min())
    under = 0.15 * grey + 0.85
    colour = red_transparent_blue((summed + scale) / (2 * scale))
    alpha = colour[:, :, 3:]
    return colour[:, :, :3] * alpha + under[:, :, None] * (1 - alpha)


image = np.round(random.uniform(0, 1, (5, 4, 3)), 3)
values = np.round(random.normal(0, 0.01, (5, 4, 3, 2)), 5)  # height, width, channels, outputs
scale = image_plot_scale([values])
pixels = [image_plot_pixels(image, values[:, :, :, k].sum(-1), scale) for k in range(2)]

golden = {
    "colors": np.round(red_transparent_blue(np.arange(256)), 6).tolist(),
    "image": image.tolist(),
    "values": values.tolist(),
    "scale": scale,
    "pixels": np.round(np.array(pixels) * 255, 3).tolist(),
}
(HERE / "report.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
