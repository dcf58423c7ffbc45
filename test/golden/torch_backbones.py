"""Reference values of torchvision and timm: as keras_backbones.py, for the networks in torch's definition.

    python test/golden/torch_backbones.py [name ...]            writes test/golden/backbones/torch_<name>.json
    python test/golden/torch_backbones.py --list <name>         prints the state dict, to compare by eye
Needs: torch 2.15.0, torchvision 0.29.2, numpy.
"""
import hashlib
import json
import sys
from pathlib import Path

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
    'efficientnetB3': (lambda: M.efficientnet_b3(**bare), 64, ['features.1.1', 'features.4.4', 'features.8.2'], ['classifier.']),
    'inceptionV3': (lambda: M.inception_v3(**bare, aux_logits=False, init_weights=False), 96, ['Mixed_5b', 'Mixed_6b', 'Mixed_7c'], ['fc.']),
}
VARIABLES = {'running_mean': 'moving_mean', 'running_var': 'moving_variance'}


def weight_by_formula(name, tensor, shapes):
    """The name and the shape that the library gives a tensor, and its value in torch's axes."""
    module, variable = name.rsplit('.', 1)
    shape = tuple(tensor.shape)
    if f'{module}.running_mean' in shapes:
        own = f"{module}/{ {'weight': 'gamma', 'bias': 'beta', **VARIABLES}[variable]}"
        return own, shape, formula.weight(own, shape)
    if variable == 'bias':
        return f'{module}/bias', shape, formula.weight(f'{module}/bias', shape)
    own = f'{module}/kernel'
    if len(shape) == 2:
        return own, shape[::-1], formula.weight(own, shape[::-1]).T
    out, inner, height, width = shape
    if inner == 1 and out > 1:  # depthwise
        own_shape = (height, width, out, 1)
        return own, own_shape, formula.weight(own, own_shape).transpose(2, 3, 0, 1)
    own_shape = (height, width, inner, out)
    return own, own_shape, formula.weight(own, own_shape).transpose(3, 2, 0, 1)


def set_formula_weights(model, behind):
    state = model.state_dict()
    weights = []
    for name, tensor in state.items():
        if name.endswith('num_batches_tracked') or any(name.startswith(prefix) for prefix in behind):
            continue
        own, shape, value = weight_by_formula(name, tensor, state)
        weights.append((own, list(shape)))
        state[name] = torch.from_numpy(np.ascontiguousarray(value))
    model.load_state_dict(state)
    return weights


def reference(name):
    build, side, depths, behind = BACKBONES[name]
    model = build().eval()
    weights = set_formula_weights(model, behind)
    kept = {}
    layers = dict(depth if isinstance(depth, tuple) else (depth, depth) for depth in depths)
    for depth in layers:
        model.get_submodule(depth).register_forward_hook(lambda _m, _i, output, depth=depth: kept.__setitem__(depth, output.detach().clone()))
    with torch.no_grad():
        model(torch.from_numpy(formula.image(side)).permute(2, 0, 1)[None])
    lines = sorted(f"{own} {'x'.join(map(str, shape))}" for own, shape in weights)
    return {
        'source': f'torchvision {torchvision.__version__}',
        'side': side,
        'parameters': int(sum(np.prod(shape) for _, shape in weights)),
        'weights': len(weights),
        'digest': hashlib.sha256('\n'.join(lines).encode()).hexdigest(),
        'activations': {own: formula.describe(kept[depth][0].permute(1, 2, 0).numpy()) for depth, own in layers.items()},
    }, lines, model


if sys.argv[1:2] == ['--list']:
    _, lines, model = reference(sys.argv[2])
    print(model)
    print('\n'.join(lines))
else:
    for name in sys.argv[1:] or BACKBONES:
        result, _, _ = reference(name)
        Path(__file__).with_name('backbones').joinpath(f'torch_{name}.json').write_text(json.dumps(result, indent=1) + '\n')
        print(name, result['parameters'], result['weights'], {k: v['spread'] for k, v in result['activations'].items()})
