"""Names and shapes in the state dicts of timm and of torchvision, what lies behind the feature maps excepted: a digest for
each network, and for EfficientNet, which alone has other names in timm, both names of each module, paired by position.

    python test/golden/torch_names.py > test/golden/torch_names.json
Asserts on the way that for all other networks both libraries use the same names.
Needs: torch 2.15.0, torchvision 0.29.2, timm 1.0.31.
"""
import hashlib
import json

import timm

from torch_backbones import BACKBONES

TIMM = {
    'resnet101': 'resnet101',
    'vgg16': 'vgg16',
    'vgg19': 'vgg19',
    'densenet169': 'densenet169',
    'densenet201': 'densenet201',
    'inceptionV3': 'inception_v3',
    'efficientnetB0': 'efficientnet_b0',
    'efficientnetB3': 'efficientnet_b3',
}
BEHIND = ('classifier.', 'fc.', 'head.', 'pre_logits.', 'AuxLogits.')


def shapes(model):
    return {key: list(value.shape) for key, value in model.state_dict().items()}


def features(state):
    return {key: shape for key, shape in state.items() if not key.startswith(BEHIND)}


def digest(state):
    return hashlib.sha256('\n'.join(sorted(f"{key} {'x'.join(map(str, shape))}" for key, shape in features(state).items())).encode()).hexdigest()


golden = {'digests': {'torchvision': {}, 'timm': {}}}
for name, (build, *_) in BACKBONES.items():
    of_torchvision = shapes(build())
    golden['digests']['torchvision'][name] = digest(of_torchvision)
    if name not in TIMM:
        continue
    of_timm = shapes(timm.create_model(TIMM[name], pretrained=False))
    golden['digests']['timm'][name] = digest(of_timm)
    if not name.startswith('efficientnet'):
        assert features(of_torchvision) == features(of_timm), name
        continue
    assert list(of_torchvision.values()) == list(of_timm.values())
    golden[TIMM[name]] = [
        [timm_name, torchvision_name, shape]
        for (timm_name, shape), torchvision_name in zip(of_timm.items(), of_torchvision)
        if timm_name.endswith('.weight')
    ]
print(json.dumps(golden).replace(']], [', ']],\n[').replace(': [[', ':\n[[').replace('}, "', '},\n"').replace(': {', ':\n{'))
