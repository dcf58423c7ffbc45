"""A backbone at full size with random weights, saved by its own framework in every format that it writes, with the
activations at three depths of images of several sides. scripts/checkFullBackbones.ts compares.

    python test/golden/full_backbones.py <folder> keras|torchvision|timm <name> <side> [<side> …]
Needs: keras as keras_backbones.py does; or torch, torchvision, timm 1.0.31 and safetensors. Without a name it prints
the names that the framework has.
"""
import json
import sys
from pathlib import Path

import numpy as np


def keras_files(folder, name, sides):
    from keras_applications import activations, build, randomize
    from keras_backbones import BACKBONES
    table = {'xception': (96, ['block4_sepconv2_bn', 'block8_sepconv3_bn', 'block14_sepconv2_act']), **BACKBONES}
    if name is None:
        return list(table)
    depths = table[name][1]
    model = build(name, max(sides))
    randomize(model, 1)
    for extension in ('h5', 'keras'):
        model.save(folder / f'{name}.{extension}')
    model.save_weights(folder / f'{name}.weights.h5')
    weights = model.get_weights()
    references = {}
    for side in sides:
        model = build(name, side)
        model.set_weights(weights)
        references[side] = activations(model, name, side, depths)
    return {'variant': 'keras', 'files': [f'{name}.{extension}' for extension in ('h5', 'weights.h5', 'keras')], 'references': references}


TIMM = {
    'resnet101': ('resnet101', ['maxpool', 'layer2.3', 'layer4.2']),
    'vgg16': ('vgg16', ['features.4', 'features.16', 'features.30']),
    'vgg19': ('vgg19', ['features.4', 'features.18', 'features.36']),
    'densenet169': ('densenet169', ['features.pool0', 'features.transition2.pool', ('features.norm5', 'features.relu5')]),
    'densenet201': ('densenet201', ['features.pool0', 'features.transition2.pool', ('features.norm5', 'features.relu5')]),
    'inceptionV3': ('inception_v3', ['Mixed_5b', 'Mixed_6b', 'Mixed_7c']),
    'efficientnetB0': ('efficientnet_b0', [('blocks.0.0', 'features.1.0.block.2.1'), ('blocks.3.2', 'features.4.2'), ('bn2', 'features.8.2')]),
    'efficientnetB3': ('efficientnet_b3', [('blocks.0.1', 'features.1.1'), ('blocks.3.4', 'features.4.4'), ('bn2', 'features.8.2')]),
}


def torch_files(folder, framework, name, sides):
    import torch
    from safetensors.torch import save_file
    from torch_backbones import BACKBONES, activations, set_weights
    if name is None:
        return list(BACKBONES if framework == 'torchvision' else TIMM)
    if framework == 'torchvision':
        builder, _, depths, _ = BACKBONES[name]
        model = builder().eval()
    else:
        import timm
        timm_name, depths = TIMM[name]
        model = timm.create_model(timm_name, pretrained=False).eval()
    set_weights(model, random=np.random.default_rng(1))
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, folder / f'{name}.safetensors')
    torch.save(model.state_dict(), folder / f'{name}.pth')
    references = {side: activations(model, side, depths) for side in sides}
    return {'variant': 'torch', 'files': [f'{name}.safetensors', f'{name}.pth'], 'references': references}


folder, framework, *rest = sys.argv[1:]
name, sides = (rest[0], [int(side) for side in rest[1:]]) if rest else (None, [])
result = keras_files(Path(folder), name, sides) if framework == 'keras' else torch_files(Path(folder), framework, name, sides)
print('RESULT ' + json.dumps(result))
