"""Weight files as torch writes them, and what they hold.

A small network's state dict as zip, as the sequence of pickles of torch before 1.6, and as safetensors, with its output
for an image that follows a formula; and a state dict of every element type and kind of view, in both formats:
    python test/golden/torch_files.py
writes test/golden/torch_files/. Needs: torch 2.15.0, safetensors, numpy.
"""
import collections
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

FOLDER = Path(__file__).parent / 'torch_files'
FOLDER.mkdir(exist_ok=True)


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.features = torch.nn.Sequential(
            torch.nn.Conv2d(3, 4, 3, stride=2, bias=False),
            torch.nn.BatchNorm2d(4),
            torch.nn.ReLU(),
            torch.nn.Conv2d(4, 8, (3, 2), groups=4),
        )
        self.classifier = torch.nn.Linear(8, 3)

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def save_both(state, name):
    torch.save(state, FOLDER / f'{name}.pth')
    torch.save(state, FOLDER / f'{name}_legacy.pth', _use_new_zipfile_serialization=False)


torch.manual_seed(7)
network = Network().eval()
with torch.no_grad():
    for name, values in network.state_dict().items():
        if name == 'features.1.num_batches_tracked':
            values.fill_(12)
        elif name == 'features.1.running_var':
            values.uniform_(0.5, 2)
        else:
            values.normal_(0, 0.5)
SIDE = 11
y, x, c = np.meshgrid(np.arange(SIDE), np.arange(SIDE), np.arange(3), indexing='ij')
image = ((7 * y + 13 * x + 29 * c) % 256 / 255.0).astype(np.float32)
with torch.no_grad():
    output = network(torch.from_numpy(image.transpose(2, 0, 1)[None]))[0]

state = network.state_dict()
save_both(state, 'network')
torch.save({'epoch': 3, 'lr': 0.5, 'state_dict': state}, FOLDER / 'training.pth')
save_file(state, FOLDER / 'network.safetensors')

base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
types = collections.OrderedDict(
    double=torch.tensor([[np.pi, -1e300]], dtype=torch.float64),
    half=torch.tensor([1.5, -65504, 6e-8], dtype=torch.float16),
    bfloat=torch.tensor([3.140625, -1e38], dtype=torch.bfloat16),
    long=torch.tensor(-(2**53) + 1),
    int=torch.tensor([-(2**31)], dtype=torch.int32),
    short=torch.tensor([-300], dtype=torch.int16),
    char=torch.tensor([-128, 127], dtype=torch.int8),
    byte=torch.tensor([255, 0], dtype=torch.uint8),
    bool=torch.tensor([True, False]),
    whole=base,
    transposed=base.t(),
    part=base[1:3, 2:5],
    parameter=torch.nn.Parameter(torch.tensor([2.5])),
    empty=torch.zeros(0, 3),
    channels_last=torch.arange(12, dtype=torch.float32).reshape(1, 2, 2, 3).to(memory_format=torch.channels_last),
)
save_both(types, 'types')

described = {name: {'shape': list(t.shape), 'values': [float(v) for v in t.detach().double().reshape(-1)]} for name, t in types.items()}
weights = {name: {'shape': list(t.shape), 'values': [float(v) for v in t.double().reshape(-1)]} for name, t in state.items()}
golden = {'side': SIDE, 'output': [float(v) for v in output], 'weights': weights, 'types': described}
(FOLDER / 'files.json').write_text(json.dumps(golden) + '\n')
