"""The same work by the libraries this one is compared with, as JSON lines {name, value, unit}.

    python bench/references.py [folder of films, one folder per class]
Needs: tensorflow-cpu 2.21.0, keras 3.15.1, shap 0.51.0, albumentations 1.3.1, opencv-python-headless, numpy.
"""
import glob
import json
import os
import resource
import subprocess
import sys
import time

os.environ['CUDA_VISIBLE_DEVICES'] = ''
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import albumentations
import cv2
import keras
import numpy as np
import shap


def report(name, value, unit):
    print(json.dumps({'name': name, 'value': float(f'{value:.3g}'), 'unit': unit}), flush=True)


def median(rounds, work):
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


rng = np.random.default_rng(1)


def keras_step(way):
    """
    In a process of its own, for its memory. jit_compile=False is what tfjs-node is compared with; the default is beside it.
    'frozen': batch norms are not trainable. 'in inference mode': Keras's recipe for fine-tuning, `base(images,
    training=False)`, with which gamma and beta learn. 'trained': they normalize by the batch.
    """
    model = keras.applications.Xception(weights=None, classes=3, input_shape=(224, 224, 3))
    images = rng.random((8, 224, 224, 3), dtype=np.float32)
    labels = np.eye(3, dtype=np.float32)[np.arange(8) % 3]
    if way == 'frozen':
        report('Keras: predict', median(5, lambda: model.predict_on_batch(images)) / 8 * 1e3, 'ms an image')
    for layer in model.layers:
        layer.trainable = not (way == 'frozen' and isinstance(layer, keras.layers.BatchNormalization))
    if way == 'in inference mode':
        given = keras.Input((224, 224, 3))
        model = keras.Model(given, model(given, training=False))
    for jit in (False, 'auto'):
        model.compile(optimizer=keras.optimizers.Adam(1e-6), loss='categorical_crossentropy', jit_compile=jit)
        name = f"Keras: training step, batch norms {way}{'' if jit is False else ', default'}"
        report(name, median(4, lambda: model.train_on_batch(images, labels)) / 8 * 1e3, 'ms an image')
        if jit is False:
            report(f'Keras: peak memory, batch norms {way}', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 'MiB')


if sys.argv[1:2] == ['--keras']:
    keras_step(sys.argv[2])
    sys.exit()
if len(sys.argv) > 1:
    files = sorted(glob.glob(sys.argv[1] + '/*/*.jpg'))

    def read_all():
        for file in files:
            image = cv2.resize(cv2.imread(file, cv2.IMREAD_COLOR), (224, 224), interpolation=cv2.INTER_AREA).astype(np.float32)
            (image - image.min()) / max(float(image.max() - image.min()), 1e-9)

    report('OpenCV: read, resize, min-max', len(files) / median(3, read_all), 'films a second')

cv2.setNumThreads(1)
film = rng.random((224, 224, 3), dtype=np.float32)
pipeline = albumentations.Compose([
    albumentations.Transpose(p=.5), albumentations.ShiftScaleRotate(rotate_limit=45, p=.45),
    albumentations.HorizontalFlip(p=.5), albumentations.VerticalFlip(p=.5), albumentations.RandomBrightnessContrast(p=.2),
])
report('albumentations: pipeline', median(10, lambda: [pipeline(image=film) for _ in range(100)]) * 1e4, 'µs')


def trivial(images):
    return images[:, 100:102, 100, 0]


masker = shap.maskers.Image('blur(128,128)', (224, 224, 3))
explainer = shap.Explainer(trivial, masker, output_names=['a', 'b'])
few = median(3, lambda: explainer(film[None], max_evals=2, batch_size=10, silent=True))
many = median(3, lambda: explainer(film[None], max_evals=502, batch_size=10, silent=True))
report('shap: evaluation beyond the model', (many - few) * 2, 'ms')

for way in ('frozen', 'in inference mode', 'trained'):
    subprocess.run([sys.executable, __file__, '--keras', way], check=True)
