"""Reference values of Keras Applications: for each backbone all its weights' names and shapes (as a digest), and the
activations at three depths of an image, both by the formulas of formula.py.

    python test/golden/keras_backbones.py [name ...]            writes test/golden/backbones/keras_<name>.json
    python test/golden/keras_backbones.py --list <name>         prints layers and weights, to compare by eye
Needs: tensorflow-cpu 2.21.0, keras 3.15.1, numpy 2.4.6.
"""
from keras_applications import activations, build, keras, numbered_from_one
import formula

# name: side of the image, three layers (as Keras names them).
BACKBONES = {
    'vgg16': (64, ['block1_pool', 'block3_conv3', 'block5_pool']),
    'vgg19': (64, ['block1_pool', 'block3_conv4', 'block5_pool']),
    'resnet101': (64, ['pool1_pool', 'conv3_block4_out', 'conv5_block3_out']),
    'densenet169': (64, ['pool1', 'pool3_conv', 'relu']),
    'densenet201': (64, ['pool1', 'pool3_conv', 'relu']),
    'efficientnetB0': (64, ['block1a_project_bn', 'block4c_add', 'top_activation']),
    'efficientnetB3': (75, ['block1b_add', 'block4e_add', 'top_activation']),
    'mobilenet': (75, ['conv_pw_1_relu', 'conv_pw_6_relu', 'conv_pw_13_relu']),
    'inceptionV3': (96, ['mixed0', 'mixed5', 'mixed10']),
    'inceptionResNetV2': (96, ['mixed_5b', 'mixed_6a', 'conv_7b_ac']),
}


def reference(name):
    side, depths = BACKBONES[name]
    model = build(name, side)
    weights = []
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            continue  # constants: mean 0 and variance 1 without ImageNet weights
        for variable in layer.weights:
            own = f"{numbered_from_one(layer.name)}/{variable.path.split('/')[-1]}"
            shape = tuple(variable.shape)
            variable.assign(formula.weight(own, shape))
            weights.append((own, list(shape)))
    return *formula.reference(f'keras {keras.__version__}', side, weights, activations(model, name, side, depths)), model


def show(model):
    for layer in model.layers:
        print(layer.name, type(layer).__name__, list(layer.output.shape))


if __name__ == '__main__':
    formula.write_references('keras', BACKBONES, reference, show)
