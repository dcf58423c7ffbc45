"""Reference values for src/explain, from shap 0.51.0, OpenCV 5.0.0 and Keras 3.15.1.

Run: python test/golden/shap_partition.py      (writes shap_partition.json and shap_network.json beside it)

SHAP breaks ties of its queue with np.random.randn(). Here that is replaced by a counter, so that what was queued first
goes first, as in this library. Images and weights are small whole numbers over a constant, so that both sides build the
same ones exactly; the functions are computed in float64 and rounded to float32, as a model's outputs are.
"""

import itertools
import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import cv2
import numpy as np
import shap

counter = itertools.count()
np.random.randn = lambda *_: next(counter)


def image(shape, factor=7919):
    p = np.arange(np.prod(shape))
    return (((p * factor + 13) % 256) / 255).astype(np.float32).reshape(shape)


def weights(count, output):
    p = np.arange(count)
    return ((p * 31 + output * 17 + p * p * (output + 3)) % 23 - 11) / 11


def function(images):
    """Three outputs, each with interactions near and far."""
    x = np.asarray(images, dtype=np.float64).reshape(len(images), -1)
    m = x.shape[1]
    s = [x @ weights(m, k) / np.sqrt(m) for k in range(4)]
    neighbours = (x[:, 1:] * x[:, :-1]) @ weights(m - 1, 5) / np.sqrt(m)
    return np.stack(
        [np.tanh(s[0] + neighbours), s[1] * s[2] + 0.3 * s[3], np.exp(-s[2] * s[2]) + 0.5 * neighbours], axis=1
    ).astype(np.float32)


def tied(images):
    """One output, to which every quadrant adds 1/4 by one of its pixels: halves of equal worth and unequal make."""
    x = np.asarray(images, dtype=np.float64)
    return (x[:, ::4, ::4].sum(axis=(1, 2)) / 4).astype(np.float32)


def masker(kind, shape):
    if kind["type"] == "blur":
        height, width = kind["size"]
        return shap.maskers.Image(f"blur({width},{height})", shape)
    if kind["type"] == "constant":
        return shap.maskers.Image(kind["value"], shape)
    return shap.maskers.Image(image(shape, factor=104729), shape)


def rounded(values):
    return [float(f"{v:.7g}") for v in np.asarray(values, dtype=np.float64).ravel()]


def explained(predict, x, mask, outputs, **settings):
    rows = 0

    def counted(images):
        nonlocal rows
        rows += len(images)
        return predict(images)

    explainer = shap.PartitionExplainer(counted, mask)
    result = explainer(x[np.newaxis], outputs=outputs, silent=True, **settings)
    return {
        "evaluations": rows,
        "baseValues": rounded(result.base_values),
        "values": rounded(result.values),
    }


BLUR = {"type": "blur", "size": [3, 3]}
WIDE = {"type": "blur", "size": [4, 6]}
CONSTANT = {"type": "constant", "value": 0.25}
IMAGE = {"type": "image"}
EXACT = 10**7


def cases():
    for budget in [1, 2, 11, 50, 100, 101, EXACT]:
        for context in [None, 0, 1]:
            yield [8, 8, 1], BLUR, [0, 1], budget, 10, context
    for budget in [11, 50, EXACT]:
        for context in [None, 0, 1]:
            for batch in [1, 10, 50]:
                if budget != EXACT or batch == 10:
                    yield [7, 5, 3], CONSTANT, [2, 0] if batch == 1 else None, budget, batch, context
    for budget, batch, context, mask in [
        (50, 1, None, IMAGE),
        (100, 10, None, WIDE),
        (500, 50, None, IMAGE),
        (501, 10, 0, WIDE),
        (EXACT, 10, 1, CONSTANT),
    ]:
        yield [16, 12, 3], mask, [1, 2], budget, batch, context


def golden_cases():
    for shape, mask, outputs, budget, batch, context in cases():
        result = explained(
            function, image(shape), masker(mask, shape), outputs,
            max_evals=budget, batch_size=batch, fixed_context=context,
        )  # fmt: skip
        yield {
            "shape": shape, "masker": mask, "outputs": outputs, "maxEvaluations": budget, "batchSize": batch,
            "fixedContext": context, **result,
        }  # fmt: skip


def golden_ties():
    ones = np.ones((8, 8, 1), dtype=np.float32)
    for budget, batch, context in [(12, 10, None), (20, 4, None), (61, 10, None), (24, 10, 0), (30, 10, 1)]:
        result = explained(
            tied, ones, masker({"type": "constant", "value": 0}, ones.shape), None,
            max_evals=budget, batch_size=batch, fixed_context=context,
        )  # fmt: skip
        yield {"maxEvaluations": budget, "batchSize": batch, "fixedContext": context, "values": result["values"]}


def golden_defaults():
    """What SHAP does if told nothing: 500 evaluations, 10 at a time, both contexts."""
    shape = [16, 12, 3]
    explainer = shap.PartitionExplainer(function, masker(CONSTANT, shape))
    return rounded(explainer(image(shape)[np.newaxis], outputs=[0], silent=True).values)


def golden_clusterings():
    for shape in [(3, 2, 1), (2, 3, 3), (5, 4, 3), (1, 1, 3), (1, 7, 1), (6, 1, 2)]:
        yield {"shape": shape, "table": shap.maskers.Image(0, shape).clustering.astype(int).tolist()}


def golden_blurs():
    shapes = [((9, 7, 3), [(3, 3), (4, 4), (5, 2), (1, 6), (16, 16)]), ((1, 5, 1), [(3, 4)]), ((2, 2, 3), [(7, 8)])]
    for shape, sizes in shapes:
        for height, width in sizes:
            blurred = cv2.blur(image(shape) * np.float32(255), (width, height))
            yield {"shape": shape, "size": [height, width], "values": rounded(blurred)}


def golden_network():
    import keras

    layers = [
        keras.layers.Input((24, 24, 3)),
        keras.layers.Conv2D(6, 3, strides=2, activation="relu", padding="same"),
        keras.layers.DepthwiseConv2D(3, activation="relu", padding="same"),
        keras.layers.Conv2D(8, 3, strides=2, activation="relu"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3, activation="softmax"),
    ]
    model = keras.Sequential(layers)
    for index, array in enumerate(model.weights):
        array.assign((weights(np.prod(array.shape), index) * 0.35).reshape(array.shape).astype(np.float32))
    x = image((24, 24, 3))

    def predict(images):
        return model(images.astype(np.float32)).numpy()

    result = explained(
        predict, x, masker({"type": "blur", "size": [12, 12]}, x.shape), [2, 0, 1],
        max_evals=120, batch_size=10, fixed_context=None,
    )  # fmt: skip
    return {**result, "outputs": rounded(predict(x[np.newaxis]))}


def write(name, golden):
    with open(os.path.join(os.path.dirname(__file__), name), "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")


write(
    "shap_partition.json",
    {
        "cases": list(golden_cases()),
        "ties": list(golden_ties()),
        "defaults": golden_defaults(),
        "clusterings": list(golden_clusterings()),
        "blurs": list(golden_blurs()),
    },
)
network = golden_network()
print("network:", network["evaluations"], "evaluations, outputs", network["outputs"])
write("shap_network.json", network)
