"""Reference values of torchvision and timm: as keras_backbones.py, for the networks in torch's definition.

    python test/golden/torch_backbones.py [name ...]            writes test/golden/backbones/torch_<name>.json
    python test/golden/torch_backbones.py --list <name>         prints the state dict, to compare by eye
Needs: torch 2.15.0, torchvision 0.29.2, numpy.
"""
import numpy as np
import torch
import torchvision

import formula

M = torchvision.models
bare = {'weights': None}
# name: builder, side of the image, three modules (or a module and what the library calls its last layer), prefixes of what lies behind the feature maps.
BACKBONES = {
    'vgg16': (lambda: M.vgg16(**bare), 64, ['features.4', 'features.16', 'features.30'], ['classifier.']),
    'vgg19': (lambda: M.vgg19(**bare), 64, ['features.4', 'features.18', 'features.36'], ['classifier.']),
    'alexnet': (lambda: M.alexnet(**bare), 64, ['features.2', 'features.5', 'features.12'], ['classifier.']),
    'googlenet': (lambda: M.googlenet(**bare, aux_logits=False, init_weights=False), 64, [('conv3', 'conv3.relu'), 'inception4a', 'inception5b'], ['fc.']),
    'resnet101': (lambda: M.resnet101(**bare), 64, ['maxpool', 'layer2.3', 'layer4.2'], ['fc.']),
    'densenet169': (lambda: M.densenet169(**bare), 64, ['features.pool0', 'features.transition2.pool', 'features.norm5'], ['classifier.']),
    'densenet201': (lambda: M.densenet201(**bare), 64, ['features.pool0', 'features.transition2.pool', 'features.norm5'], ['classifier.']),
    'efficientnetB0': (lambda: M.efficientnet_b0(**bare), 64, [('features.1.0', 'features.1.0.block.2.1'), 'features.4.2', 'features.8.2'], ['classifier.']),
    'efficientnetB3': (lambda: M.efficientnet_b3(**bare), 75, ['features.1.1', 'features.4.4', 'features.8.2'], ['classifier.']),
    'inceptionV3': (lambda: M.inception_v3(**bare, aux_logits=False, init_weights=False), 96, ['Mixed_5b', 'Mixed_6b', 'Mixed_7c'], ['fc.']),
}
VARIABLES = {'running_mean': 'moving_mean', 'running_var': 'moving_variance'}


def weight_for(name, tensor, shapes, random=None):
    """The name and the shape that the library gives a tensor, and a value for it in torch's axes: by formula, or random."""
    module, variable = name.rsplit('.', 1)
    shape = tuple(tensor.shape)
    if f'{module}.running_mean' in shapes:
        own = f"{module}/{ {'weight': 'gamma', 'bias': 'beta', **VARIABLES}[variable]}"
        return own, shape, formula.weight(own, shape, random)
    if variable == 'bias':
        return f'{module}/bias', shape, formula.weight(f'{module}/bias', shape, random)
    own = f'{module}/kernel'
    if len(shape) == 2:
        return own, shape[::-1], formula.weight(own, shape[::-1], random).T
    out, inner, height, width = shape
    if inner == 1 and out > 1:  # depthwise
        own_shape = (height, width, out, 1)
        return own, own_shape, formula.weight(own, own_shape, random).transpose(2, 3, 0, 1)
    own_shape = (height, width, inner, out)
    return own, own_shape, formula.weight(own, own_shape, random).transpose(3, 2, 0, 1)


def set_weights(model, behind=(), random=None):
    state = model.state_dict()
    weights = []
    for name, tensor in state.items():
        if name.endswith('num_batches_tracked') or any(name.startswith(prefix) for prefix in behind):
            continue
        own, shape, value = weight_for(name, tensor, state, random)
        weights.append((own, list(shape)))
        state[name] = torch.from_numpy(np.ascontiguousarray(value))
    model.load_state_dict(state)
    return weights


def activations(model, side, depths):
    """What is kept of the outputs of some modules, of the formula's image."""
    layers = dict(depth if isinstance(depth, tuple) else (depth, depth) for depth in depths)
    kept = {}
    hooks = [
        model.get_submodule(depth).register_forward_hook(lambda _m, _i, output, depth=depth: kept.__setitem__(depth, output.detach().clone()))
        for depth in layers
    ]
    with torch.no_grad():
        model(torch.from_numpy(formula.image(side)).permute(2, 0, 1)[None])
    for hook in hooks:
        hook.remove()
    return {own: formula.describe(kept[depth][0].permute(1, 2, 0).numpy()) for depth, own in layers.items()}


def reference(name):
    build, side, depths, behind = BACKBONES[name]
    model = build().eval()
    weights = set_weights(model, behind)
    return *formula.reference(f'torchvision {torchvision.__version__}', side, weights, activations(model, side, depths)), model


if __name__ == '__main__':
    formula.write_references('torch', BACKBONES, reference, print)
