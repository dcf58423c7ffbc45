"""Reference values of Keras Applications: for each backbone all its weights' names and shapes (as a digest), and the
activations at three depths of an image, both by the formulas of formula.py.

    python test/golden/keras_backbones.py [name ...]            writes test/golden/backbones/keras_<name>.json
    python test/golden/keras_backbones.py --list <name>         prints layers and weights, to compare by eye
Needs: tensorflow-cpu 2.21.0, keras 3.15.1, numpy 2.4.6.
"""
import hashlib
import json
import os
import re
import sys
from pathlib import Path

os.environ['CUDA_VISIBLE_DEVICES'] = ''
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import keras
import numpy as np

import formula

A = keras.applications
# name: builder, side of the image, three layers (as Keras names them).
BACKBONES = {
    'vgg16': (A.VGG16, 64, ['block1_pool', 'block3_conv3', 'block5_pool']),
    'vgg19': (A.VGG19, 64, ['block1_pool', 'block3_conv4', 'block5_pool']),
    'resnet101': (A.ResNet101, 64, ['pool1_pool', 'conv3_block4_out', 'conv5_block3_out']),
    'densenet169': (A.DenseNet169, 64, ['pool1', 'pool3_conv', 'relu']),
    'densenet201': (A.DenseNet201, 64, ['pool1', 'pool3_conv', 'relu']),
    'efficientnetB0': (A.EfficientNetB0, 64, ['block1a_project_bn', 'block4c_add', 'top_activation']),
    'efficientnetB3': (A.EfficientNetB3, 64, ['block1b_add', 'block4e_add', 'top_activation']),
    'mobilenet': (A.MobileNet, 64, ['conv_pw_1_relu', 'conv_pw_6_relu', 'conv_pw_13_relu']),
    'inceptionV3': (A.InceptionV3, 96, ['mixed0', 'mixed5', 'mixed10']),
    'inceptionResNetV2': (A.InceptionResNetV2, 96, ['mixed_5b', 'mixed_6a', 'conv_7b_ac']),
}


def numbered_from_one(name):
    """Keras counts unnamed layers from none: conv2d, conv2d_1, …; the library counts from one."""
    match = re.fullmatch(r'(conv2d|batch_normalization|add|activation|concatenate|average_pooling2d|max_pooling2d)(?:_(\d+))?', name)
    return f'{match[1]}_{int(match[2] or 0) + 1}' if match else name


def reference(name):
    build, side, depths = BACKBONES[name]
    keras.backend.clear_session()
    model = build(weights=None, include_top=False, input_shape=(side, side, 3))
    weights = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            continue  # constants: mean 0 and variance 1 without ImageNet weights
        for variable in layer.weights:
            own = f"{numbered_from_one(layer.name)}/{variable.path.split('/')[-1]}"
            shape = tuple(variable.shape)
            variable.assign(formula.weight(own, shape))
            weights.append((own, list(shape)))
    probe = keras.Model(model.inputs, [model.get_layer(depth).output for depth in depths])
    # EfficientNet rescales 0 … 255 itself; all others take what preprocess_input would give. Here: the image as it is.
    scale = 255.0 if name.startswith('efficientnet') else 1.0
    outputs = probe.predict((scale * formula.image(side))[None], verbose=0)
    lines = sorted(f"{own} {'x'.join(map(str, shape))}" for own, shape in weights)
    return {
        'source': f'keras {keras.__version__}',
        'side': side,
        'parameters': int(sum(np.prod(shape) for _, shape in weights)),
        'weights': len(weights),
        'digest': hashlib.sha256('\n'.join(lines).encode()).hexdigest(),
        'activations': {numbered_from_one(depth): formula.describe(output[0]) for depth, output in zip(depths, outputs)},
    }, lines, model


if sys.argv[1:2] == ['--list']:
    _, lines, model = reference(sys.argv[2])
    for layer in model.layers:
        print(layer.name, type(layer).__name__, [list(i.shape) for i in (layer.input if isinstance(layer.input, list) else [layer.input])], list(layer.output.shape))
    print('\n'.join(lines))
else:
    for name in sys.argv[1:] or BACKBONES:
        result, _, _ = reference(name)
        Path(__file__).with_name('backbones').joinpath(f'keras_{name}.json').write_text(json.dumps(result, indent=1) + '\n')
        print(name, result['parameters'], result['weights'], {k: v['spread'] for k, v in result['activations'].items()})
