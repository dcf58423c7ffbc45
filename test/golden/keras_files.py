"""Weight files as Keras writes them, small ones with random weights, and what they hold.

    python test/golden/keras_files.py
writes test/golden/keras_files/*.{h5,keras} and keras_files.json: for each model its weights' names (Keras 3's
`layer/variable`), shapes, sums and first values.
Needs: tensorflow-cpu 2.21.0, keras 3.15.1, h5py, numpy 2.4.6.
"""
import json
import os
import pathlib
import zipfile

os.environ['CUDA_VISIBLE_DEVICES'] = ''
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import h5py
import keras
import numpy as np
from keras import layers
from keras.src.legacy.saving import legacy_h5_format

FOLDER = pathlib.Path(__file__).parent / 'keras_files'
FOLDER.mkdir(exist_ok=True)
described = {}


def randomize(model, seed):
    random = np.random.default_rng(seed)
    for variable in model.weights:
        if variable.path.endswith('count'):
            continue
        values = random.standard_normal(variable.shape)
        variable.assign(np.abs(values) if 'variance' in variable.path else values)


def every_layer(model):
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from every_layer(layer)
        else:
            yield layer


def describe(name, model):
    described[name] = [
        {
            'name': f'{layer.name}/{variable.path.split("/")[-1]}',
            'shape': list(variable.shape),
            'sum': float(np.asarray(variable, dtype=np.float64).sum()),
            'first': [float(value) for value in np.asarray(variable).ravel()[:3]],
        }
        for layer in every_layer(model)
        for variable in layer.weights
    ]


def weights_only(model, path):
    with h5py.File(path, 'w') as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


def save(name, model, full=True):
    describe(name, model)
    weights_only(model, FOLDER / f'{name}.weights-only.h5')
    model.save_weights(FOLDER / f'{name}.weights.h5')
    if full:
        legacy_h5_format.save_model_to_hdf5(model, str(FOLDER / f'{name}.full.h5'))
        model.save(FOLDER / f'{name}.keras')


# Every class of layer that weights are read for, some named and some not.
keras.backend.clear_session()
normalization = layers.Normalization()
normalization.adapt(np.random.default_rng(1).standard_normal((4, 8, 8, 3)).astype(np.float32))
nested = keras.Sequential([keras.Input((4, 4, 4)), layers.Conv2D(3, 1, name='inner_conv'), layers.Conv2D(3, 1), layers.Dense(2)], name='nested')
images = keras.Input((8, 8, 3), name='image')
x = layers.Conv2D(4, 3, strides=2, padding='same', name='stem')(normalization(images))
x = layers.BatchNormalization(scale=False)(x)
x = layers.DepthwiseConv2D(3, padding='same', use_bias=False)(x)
x = layers.BatchNormalization(center=False, name='uncentred')(x)
x = layers.SeparableConv2D(4, 3, padding='same')(x)
x = layers.Dropout(0.5)(x)
x = layers.Conv2D(4, 1, use_bias=False)(x)
x = layers.BatchNormalization()(x)
x = layers.Dense(2)(layers.GlobalAveragePooling2D()(nested(x)))
model = keras.Model(images, x, name='classes')
randomize(model, 2)
save('classes', model)

# Compressed inside the archive, as other tools pack it, and with half the bits.
with zipfile.ZipFile(FOLDER / 'classes.keras') as stored, zipfile.ZipFile(FOLDER / 'classes.deflated.keras', 'w', zipfile.ZIP_DEFLATED) as deflated:
    for entry in stored.infolist():
        deflated.writestr(entry.filename, stored.read(entry))
for policy in ['float16', 'bfloat16', 'float64']:
    keras.backend.clear_session()
    half = keras.Sequential([keras.Input((3,)), layers.Dense(4, name='dense_of_type', dtype=policy)])
    randomize(half, 3)
    describe(policy, half)
    half.save_weights(FOLDER / f'{policy}.weights.h5')

# Compressed data sets, unaligned numbers, and the layout without names of layers that the first versions of Keras 3 wrote.
with h5py.File(FOLDER / 'classes.weights.h5') as source, h5py.File(FOLDER / 'classes.nameless.weights.h5', 'w') as target:
    def copy(path, item):
        if isinstance(item, h5py.Dataset):
            target.create_dataset(path, data=item[()], **({'chunks': True, 'compression': 'gzip', 'shuffle': True} if item.size > 8 else {}))
        else:
            target.require_group(path)
    source.visititems(copy)

# An eighth as wide, cut after block 4, and with other layers before it in the session: automatic names begin anywhere.
keras.backend.clear_session()
layers.Conv2D(1, 1), layers.Conv2D(1, 1), layers.BatchNormalization()
xception = keras.applications.Xception(weights=None, include_top=False, input_shape=(71, 71, 3))
cut = keras.Model(xception.input, xception.get_layer('block5_sepconv1_act').output, name='xception')
config = cut.get_config()
for layer in config['layers']:
    layer.pop('build_config', None)
    if 'filters' in layer['config']:
        # As width does here: a multiple of 8.
        layer['config']['filters'] = max(8, round(layer['config']['filters'] / 64) * 8)
narrow = keras.Model.from_config(config)
randomize(narrow, 4)
save('xception4', narrow, full=False)

# Lists of names that take more than an attribute may: as many bytes each as the longest.
keras.backend.clear_session()


def chain(size):
    images = x = keras.Input((1, 1, 1))
    for index in range(20):
        name = f'chain{size}_{"long_" * 700 if index == 7 else ""}{index}'
        x = layers.Conv2D(size, 1, use_bias=False, name=name)(x)
    return keras.Model(images, x, name=f'chain{size}')


images = x = keras.Input((1, 1, 1))
for layer in chain(1).layers[1:]:
    x = layer(x)
chunked = keras.Model(images, chain(2)(x))
randomize(chunked, 5)
describe('chunked', chunked)
weights_only(chunked, FOLDER / 'chunked.weights-only.h5')

(pathlib.Path(__file__).parent / 'keras_files.json').write_text(json.dumps({'source': f'keras {keras.__version__}', 'models': described}))
