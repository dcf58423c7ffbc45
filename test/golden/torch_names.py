"""Module names of EfficientNet in timm and in torchvision, paired by position, with the shape of each weight.

    python test/golden/torch_names.py > test/golden/torch_names.json
Asserts on the way that for all other networks both libraries use the same names, behind the feature maps excepted.
Needs: torch 2.15.0, torchvision 0.29.2, timm 1.0.31.
"""
import json

import timm
import torchvision

SAME = ['resnet101', 'vgg16', 'vgg19', 'densenet169', 'densenet201', 'inception_v3']
BEHIND = ('classifier.', 'fc.', 'head.', 'pre_logits.', 'AuxLogits.')


def states(name):
    settings = {'init_weights': False} if name == 'inception_v3' else {}
    pair = torchvision.models.get_model(name, weights=None, **settings), timm.create_model(name, pretrained=False)
    return [{key: list(value.shape) for key, value in model.state_dict().items()} for model in pair]


for name in SAME:
    of_torchvision, of_timm = [{k: v for k, v in state.items() if not k.startswith(BEHIND)} for state in states(name)]
    assert of_torchvision == of_timm, name

golden = {}
for name in ['efficientnet_b0', 'efficientnet_b3']:
    of_torchvision, of_timm = states(name)
    assert list(of_torchvision.values()) == list(of_timm.values())
    golden[name] = [
        [timm_name, torchvision_name, shape]
        for (timm_name, shape), torchvision_name in zip(of_timm.items(), of_torchvision)
        if timm_name.endswith('.weight')
    ]
print(json.dumps(golden).replace(']], [', ']],\n[').replace(': [[', ':\n[['))
