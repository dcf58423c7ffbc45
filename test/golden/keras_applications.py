"""Keras Applications, whole or made small: narrowed by a factor that they do not offer themselves, or cut after a block.
Used by keras_files.py and full_backbones.py."""
import os
import re

os.environ['CUDA_VISIBLE_DEVICES'] = ''
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import keras
import numpy as np
from keras.src.applications import densenet, efficientnet, inception_resnet_v2, inception_v3, mobilenet, resnet, vgg16, vgg19, xception

import formula

MODULES = {
    'xception': (xception, xception.Xception),
    'vgg16': (vgg16, vgg16.VGG16),
    'vgg19': (vgg19, vgg19.VGG19),
    'resnet101': (resnet, resnet.ResNet101),
    'densenet169': (densenet, densenet.DenseNet169),
    'densenet201': (densenet, densenet.DenseNet201),
    'inceptionV3': (inception_v3, inception_v3.InceptionV3),
    'inceptionResNetV2': (inception_resnet_v2, inception_resnet_v2.InceptionResNetV2),
}
# Width and depth coefficients.
EFFICIENTNETS = {'efficientnetB0': (1.0, 1.0), 'efficientnetB3': (1.2, 1.4)}
# Filters of these follow from what comes in, which is narrowed already.
FOLLOWING = re.compile(r'^(pool\d_conv|block(35|17|8)_\d+_conv)$')


def scaled(filters, width):
    return filters if width == 1 else max(8, int(np.floor(filters * width / 8 + 0.5)) * 8)


class Narrowed:
    """keras.layers, with convolutions of fewer filters."""

    def __init__(self, width):
        self.width = width

    def __getattr__(self, name):
        kind = getattr(keras.layers, name)
        if name not in ('Conv2D', 'SeparableConv2D'):
            return kind
        def build(filters, *args, **options):
            follows = FOLLOWING.search(options.get('name') or '')
            return kind(filters if follows else scaled(filters, self.width), *args, **options)
        return build


def build(name, side, width=1, last_layer=None):
    keras.backend.clear_session()
    options = {'weights': None, 'include_top': False, 'input_shape': (side, side, 3)}
    if name == 'mobilenet':
        model = mobilenet.MobileNet(alpha=width, **options)
    elif name in EFFICIENTNETS:
        wide, deep = EFFICIENTNETS[name]
        model = efficientnet.EfficientNet(wide * width, deep, side, name=name.lower(), **options)
    else:
        module, builder = MODULES[name]
        layers = module.layers
        module.layers = Narrowed(width)
        try:
            model = builder(**options)
        finally:
            module.layers = layers
    return model if last_layer is None else keras.Model(model.inputs, model.get_layer(last_layer).output, name=model.name)


def randomize(model, seed):
    """Random weights that keep the spread of what passes, moving statistics included."""
    random = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            continue
        for variable in layer.weights:
            variable.assign(formula.weight(variable.path.split('/')[-1], tuple(variable.shape), random))


def numbered_from_one(name):
    """Keras counts unnamed layers from none: conv2d, conv2d_1, …; the library counts from one."""
    match = re.fullmatch(r'(conv2d|batch_normalization|add|activation|concatenate|average_pooling2d|max_pooling2d|zero_padding2d)(?:_(\d+))?', name)
    return f'{match[1]}_{int(match[2] or 0) + 1}' if match else name


def activations(model, name, side, depths):
    """What is kept of the outputs of the layers in `depths`, of the formula's image."""
    probe = keras.Model(model.inputs, [model.get_layer(depth).output for depth in depths])
    # EfficientNet takes 0 … 255; the others take what preprocess_input would give: here, the image as it is.
    scale = 255.0 if name in EFFICIENTNETS else 1.0
    outputs = probe.predict((scale * formula.image(side))[None], verbose=0)
    return {numbered_from_one(depth): formula.describe(output[0]) for depth, output in zip(depths, outputs)}
