"""Reference values of Keras's Xception: names and shapes of all weights, and activations at five depths.

Weights and the image follow formulas, so that no weight needs to be stored:
    python test/golden/keras_xception.py > test/golden/keras_xception.json
Needs: tensorflow-cpu 2.21.0, keras 3.15.1, numpy 2.4.6.
"""
import json
import os

os.environ['CUDA_VISIBLE_DEVICES'] = ''
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import keras
import numpy as np

SIDE = 96
DEPTHS = ['block1_conv2_act', 'block4_sepconv2_bn', 'block8_sepconv3_bn', 'block13_sepconv2_bn', 'block14_sepconv2_act']


def formula(variable, size, fan_in):
    i = np.arange(size, dtype=np.float64)
    wave = np.sin(0.37 * i + 0.11 * (i % 89))
    if variable in ('kernel', 'depthwise_kernel', 'pointwise_kernel'):
        return wave * np.sqrt(3.0 / fan_in)
    if variable == 'gamma':
        return 1 + 0.1 * wave
    if variable == 'moving_variance':
        return 1 + 0.5 * wave * wave
    return 0.1 * wave


def fan_in(variable, shape):
    if variable == 'depthwise_kernel':
        return shape[0] * shape[1]
    return int(np.prod(shape[:-1]))


keras.backend.clear_session()
model = keras.applications.Xception(weights=None, include_top=False, input_shape=(SIDE, SIDE, 3))
weights = []
for layer in model.layers:
    for variable in layer.weights:
        name = variable.path.split('/')[-1]
        shape = tuple(variable.shape)
        variable.assign(formula(name, int(np.prod(shape)), fan_in(name, shape)).reshape(shape).astype(np.float32))
        weights.append([f'{layer.name}/{name}', list(shape)])

y, x, c = np.meshgrid(np.arange(SIDE), np.arange(SIDE), np.arange(3), indexing='ij')
image = ((7 * y + 13 * x + 29 * c) % 256 / 255.0).astype(np.float32)
probe = keras.Model(model.inputs, [model.get_layer(name).output for name in DEPTHS])
outputs = probe.predict((2 * image - 1)[None], verbose=0)


def describe(values):
    values = np.asarray(values[0], dtype=np.float64)
    return {
        'shape': list(values.shape),
        'spread': float(values.std()),
        'channelMeans': [float(v) for v in values.mean(axis=(0, 1))[:8]],
        'corner': [float(v) for v in values[0, -1, :8]],
    }


print(json.dumps({
    'source': f'keras {keras.__version__}',
    'side': SIDE,
    'parameters': model.count_params(),
    'layers': [layer.name for layer in model.layers[1:]],
    'weights': weights,
    'activations': {name: describe(output) for name, output in zip(DEPTHS, outputs)},
}))
