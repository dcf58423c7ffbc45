"""Reference values of the metrics, from scikit-learn and scipy: writes metrics.json beside this file."""

import json
import warnings
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.stats import binomtest, norm
from sklearn.metrics import classification_report, confusion_matrix, multilabel_confusion_matrix


def case(name, classes, truth, predicted):
    labels = list(range(len(classes)))
    report = classification_report(
        truth, predicted, labels=labels, target_names=classes, output_dict=True, zero_division=0
    )
    accuracy = float(np.mean(np.asarray(truth) == np.asarray(predicted)))
    specificity = []
    for (tn, fp), (_, _) in multilabel_confusion_matrix(truth, predicted, labels=labels):
        specificity.append(float(tn / (tn + fp)) if tn + fp > 0 else 0.0)
    return {
        "name": name,
        "classes": classes,
        "truth": [int(t) for t in truth],
        "predicted": [int(p) for p in predicted],
        "counts": confusion_matrix(truth, predicted, labels=labels).tolist(),
        "accuracy": accuracy,
        "perClass": {c: report[c] for c in classes},
        "specificity": specificity,
        "macro": report["macro avg"],
        "weighted": report["weighted avg"],
    }


def noisy(seed, classes, n, right):
    random = np.random.default_rng(seed)
    truth = random.choice(classes, size=n, p=random.dirichlet(np.full(classes, 3)))
    wrong = random.integers(0, classes, size=n)
    return truth, np.where(random.random(n) < right, truth, wrong)


three = ["normal", "scoliosis", "spondylolisthesis"]
truth3, predicted3 = noisy(1, 3, 338, 0.8)
truth7, predicted7 = noisy(2, 7, 500, 0.5)
# Every case names its labels, also the one with a single class.
warnings.filterwarnings("ignore", message="A single label was found")
cases = [
    case("binary", ["normal", "scoliosis"], *noisy(0, 2, 71 + 188, 0.9)),
    case("three classes", three, truth3, predicted3),
    case("seven classes", [f"class {i}" for i in range(7)], truth7, predicted7),
    case("class absent from the truth", three, np.where(truth3 == 1, 0, truth3), predicted3),
    case("class never predicted", three, truth3, np.where(predicted3 == 2, 1, predicted3)),
    case("class absent from both", three, [0, 0, 2, 2, 2], [0, 2, 2, 2, 0]),
    case("one class only", ["normal"], [0, 0, 0], [0, 0, 0]),
    case("one true class of two", ["normal", "scoliosis"], [0, 0, 0, 0], [0, 1, 0, 0]),
    case("nothing right", three, [0, 1, 2], [1, 2, 0]),
]

wilson = []
for successes, n in [(0, 1), (1, 1), (0, 14), (14, 14), (67, 68), (34, 34), (331, 338), (685, 700), (1, 3), (50, 100), (99999, 100000)]:
    for confidence in [0.001, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.999999, 1 - 1e-12]:
        ci = binomtest(successes, n).proportion_ci(confidence, method="wilson")
        wilson.append({"successes": successes, "n": n, "confidence": confidence, "low": ci.low, "high": ci.high})

confidences = [1e-9, 1e-4, 0.01, 0.3, 0.499999, 0.5, 0.68, 0.9, 0.95, 0.99, 0.997, 0.9973, 0.998, 0.9999, 1 - 1e-8, 1 - 1e-12, 1 - 1e-15]
quantiles = [
    {"probability": p, "z": float(norm.isf((1 - p) / 2)) if p >= 0.5 else float(np.sqrt(2) * scipy.special.erfinv(p))}
    for p in confidences
]

out = {
    "versions": {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__},
    "cases": cases,
    "wilson": wilson,
    "quantiles": quantiles,
}
Path(__file__).with_suffix(".json").write_text(json.dumps(out, separators=(",", ":")) + "\n")
