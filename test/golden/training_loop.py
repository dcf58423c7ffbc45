"""What Keras does with targets, gradients and rates: reference values for test/training/keras*.test.ts.

Run with keras 3.15 on tensorflow 2.21:  python test/golden/training_loop.py
"""

import json
import os
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(7)


def plain(array):
    values = np.asarray(array, dtype=np.float64)
    return np.vectorize(lambda value: float(f"{value:.9g}"), otypes=[float])(values).tolist()


def label_smoothing():
    logits = rng.normal(0, 2, (5, 3)).astype(np.float32)
    labels = np.array([0, 2, 1, 1, 0])
    cases = []
    for smoothing in (0.0, 0.1, 0.35):
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing, reduction=None)
        cases.append({"smoothing": smoothing, "losses": plain(loss(np.eye(3, dtype=np.float32)[labels], logits))})
    return {"logits": plain(logits), "labels": labels.tolist(), "cases": cases}


def cosine():
    """Rates of each update of a stage of `epochs`, with a warm-up of `warm_up` epochs."""
    cases = []
    for epochs, per_epoch, rate, minimum, warm_up, start in [
        (4, 5, 0.01, 0.0, 0, 0.0),
        (4, 5, 0.01, 0.002, 0, 0.0),
        (6, 4, 0.3, 0.03, 2, 0.0),
        (6, 4, 0.3, 0.0, 1.5, 0.1),
    ]:
        warm_steps = round(warm_up * per_epoch)
        decay_steps = epochs * per_epoch - warm_steps
        schedule = keras.optimizers.schedules.CosineDecay(
            start if warm_steps else rate,
            decay_steps,
            alpha=minimum / rate,
            warmup_target=rate if warm_steps else None,
            warmup_steps=warm_steps,
        )
        rates = [float(schedule(step)) for step in range(epochs * per_epoch)]
        cases.append({"epochs": epochs, "updatesPerEpoch": per_epoch, "learningRate": rate, "minimum": minimum,
                      "warmUp": warm_up, "from": start, "rates": plain(rates)})
    return cases


def plateau():
    """Rates that the epochs are trained at, where the validation loss goes as given."""
    losses = [1.0, 0.9, 0.9, 0.8999, 0.91, 0.95, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.49, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7]
    cases = []
    for options in [
        {"patience": 2},
        {"patience": 1, "factor": 0.5, "minimum": 0.02, "minimumChange": 0},
        {"patience": 2, "factor": 0.5, "cooldown": 3},
        {"patience": 1, "factor": 0.3, "cooldown": 1, "minimumChange": 0.05},
    ]:
        model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.1), "mse")
        callback = keras.callbacks.ReduceLROnPlateau(
            factor=options.get("factor", 0.1), patience=options["patience"], min_lr=options.get("minimum", 0.0),
            min_delta=options.get("minimumChange", 1e-4), cooldown=options.get("cooldown", 0))
        callback.set_model(model)
        callback.on_train_begin()
        rates = []
        for epoch, loss in enumerate(losses):
            rates.append(float(model.optimizer.learning_rate.numpy()))
            callback.on_epoch_end(epoch, {"val_loss": loss})
        cases.append({"options": options, "rates": plain(rates)})
    return {"learningRate": 0.1, "losses": losses, "cases": cases}


def network():
    """Updates of a small dense network on one batch, by several optimizers."""
    x = rng.normal(0, 1, (6, 4)).astype(np.float32)
    labels = np.array([0, 1, 2, 1, 0, 2])
    start = [rng.normal(0, 0.7, shape).astype(np.float32) for shape in [(4, 5), (5,), (5, 3), (3,)]]
    steps = 6
    tiny = 1e-10

    def run(optimizer, smoothing=0.0, weights=None):
        model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(3)])
        model.set_weights(start)
        loss_of = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)
        sample_weight = None if weights is None else np.asarray(weights, np.float32)[labels]
        losses = []
        for _ in range(steps):
            with tf.GradientTape() as tape:
                loss = loss_of(np.eye(3, dtype=np.float32)[labels], model(x), sample_weight=sample_weight)
            optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
            losses.append(float(loss))
        result = {"losses": plain(losses), "weights": [plain(w) for w in model.get_weights()]}
        if optimizer.use_ema:
            optimizer.finalize_variable_values(model.trainable_variables)
            result["average"] = [plain(w) for w in model.get_weights()]
        return result

    def adamw(everything):
        optimizer = keras.optimizers.AdamW(0.02, epsilon=tiny, weight_decay=0.3)
        if not everything:
            optimizer.exclude_from_weight_decay(var_names=["bias"])
        return optimizer

    o = keras.optimizers
    # Keras divides epsilon by the bias correction and tfjs does not; so it is made too small to matter.
    cases = [
        ("Adam", {"optimizer": {"kind": "adam", "epsilon": tiny}}, run(o.Adam(0.02, epsilon=tiny))),
        ("AdamW on kernels", {"optimizer": {"kind": "adam", "epsilon": tiny}, "weightDecay": 0.3}, run(adamw(False))),
        ("AdamW on all weights", {"optimizer": {"kind": "adam", "epsilon": tiny}, "weightDecay": {"rate": 0.3, "weights": "all"}}, run(adamw(True))),
        ("Adam with other betas", {"optimizer": {"kind": "adam", "beta1": 0.8, "beta2": 0.95, "epsilon": tiny}}, run(o.Adam(0.02, epsilon=tiny, beta_1=0.8, beta_2=0.95))),
        ("SGD", {"optimizer": {"kind": "sgd"}}, run(o.SGD(0.02))),
        ("SGD limited in norm", {"optimizer": {"kind": "sgd"}, "clipNorm": 0.1}, run(o.SGD(0.02, global_clipnorm=0.1))),
        ("SGD within its norm", {"optimizer": {"kind": "sgd"}, "clipNorm": 1e3}, run(o.SGD(0.02, global_clipnorm=1e3))),
        ("SGD limited in value", {"optimizer": {"kind": "sgd"}, "clipValue": 0.01}, run(o.SGD(0.02, clipvalue=0.01))),
        ("SGD with decay", {"optimizer": {"kind": "sgd"}, "weightDecay": {"rate": 0.3, "weights": "all"}}, run(o.SGD(0.02, weight_decay=0.3))),
        ("momentum", {"optimizer": {"kind": "momentum"}}, run(o.SGD(0.02, momentum=0.9))),
        ("Nesterov", {"optimizer": {"kind": "momentum", "momentum": 0.8, "nesterov": True}}, run(o.SGD(0.02, momentum=0.8, nesterov=True))),
        ("RMSprop", {"optimizer": {"kind": "rmsprop"}}, run(o.RMSprop(0.02, rho=0.9))),
        ("Adamax", {"optimizer": {"kind": "adamax"}}, run(o.Adamax(0.02))),
        ("Adagrad", {"optimizer": {"kind": "adagrad"}}, run(o.Adagrad(0.02))),
        ("averaged weights", {"optimizer": {"kind": "adam", "epsilon": tiny}, "averageWeights": {"decay": 0.7}}, run(o.Adam(0.02, epsilon=tiny, use_ema=True, ema_momentum=0.7))),
        ("smoothed labels", {"optimizer": {"kind": "adam", "epsilon": tiny}, "labelSmoothing": 0.2}, run(o.Adam(0.02, epsilon=tiny), smoothing=0.2)),
        ("smoothed labels, weighted classes", {"optimizer": {"kind": "adam", "epsilon": tiny}, "labelSmoothing": 0.2, "classWeights": [0.5, 2, 1]}, run(o.Adam(0.02, epsilon=tiny), 0.2, [0.5, 2, 1])),
    ]
    return {"x": plain(x), "labels": labels.tolist(), "start": [plain(w) for w in start], "learningRate": 0.02,
            "cases": [{"name": name, "stage": stage, **result} for name, stage, result in cases]}


def clip():
    gradients = [rng.normal(0, 1, (3, 2)).astype(np.float32), rng.normal(0, 4, (5,)).astype(np.float32)]
    norms = [{"limit": limit, "clipped": [plain(g) for g in tf.clip_by_global_norm(gradients, limit)[0]]} for limit in (0.5, 3.0, 100.0)]
    return {"gradients": [plain(g) for g in gradients], "norms": norms}


if __name__ == "__main__":
    result = {"labelSmoothing": label_smoothing(), "cosine": cosine(), "plateau": plateau(), "clip": clip(), "network": network()}
    Path(__file__).with_suffix(".json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
