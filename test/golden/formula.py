"""Weights and images by formula, the same numbers as test/support/formula.ts makes: no weight needs to be stored."""
import hashlib
import json
import sys
from pathlib import Path

import numpy as np


def uniform(name, size):
    """size numbers in [0, 1) that follow from a name: 32-bit integer hashes of a counter."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    with np.errstate(over='ignore'):
        h = np.arange(size, dtype=np.uint32) * np.uint32(0x9E3779B9) + np.uint32(seed)
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x7FEB352D)
        h = (h ^ (h >> np.uint32(15))) * np.uint32(0x846CA68B)
        h = h ^ (h >> np.uint32(16))
    return h.astype(np.float64) / 2**32


def weight(name, shape, random=None):
    """A value for the weight `layer/variable` of this shape (Keras's axes), by formula or from a random generator.
    Kernels keep the spread of what passes."""
    variable = name.split('/')[-1]
    size = int(np.prod(shape))
    u = uniform(name, size) if random is None else random.random(size)
    if variable.endswith('kernel'):
        depthwise = variable == 'depthwise_kernel' or (len(shape) == 4 and shape[3] == 1 and shape[2] > 3)
        fan_in = shape[0] * shape[1] if depthwise else int(np.prod(shape[:-1]))
        values = (2 * u - 1) * np.sqrt(6.0 / fan_in)
    elif variable == 'gamma':
        values = 0.75 + 0.5 * u
    elif variable == 'moving_variance':
        values = 0.5 + u
    else:
        values = 0.4 * u - 0.2
    return values.reshape(shape).astype(np.float32)


def image(side):
    """[side, side, 3]: ((7y + 13x + 29c) mod 256) / 255."""
    y, x, c = np.meshgrid(np.arange(side), np.arange(side), np.arange(3), indexing='ij')
    return ((7 * y + 13 * x + 29 * c) % 256 / 255.0).astype(np.float32)


def describe(values):
    """What is kept of feature maps [height, width, channels]."""
    values = np.asarray(values, dtype=np.float64)
    number = lambda v: float(f'{v:.8g}')
    return {
        'shape': list(values.shape),
        'spread': number(values.std()),
        'channelMeans': [number(v) for v in values.mean(axis=(0, 1))[:8]],
        'corner': [number(v) for v in values[0, -1, :8]],
    }


def reference(source, side, weights, activations):
    """What is kept of a backbone, and a line for each of its weights, given as (name, shape)."""
    lines = sorted(f"{name} {'x'.join(map(str, shape))}" for name, shape in weights)
    return {
        'source': source,
        'side': side,
        'parameters': int(sum(np.prod(shape) for _, shape in weights)),
        'weights': len(weights),
        'digest': hashlib.sha256('\n'.join(lines).encode()).hexdigest(),
        'activations': activations,
    }, lines


def write_references(prefix, names, refer, show):
    """The command line of a script: refer(name) gives a reference, its lines and the model; show(model) prints that."""
    if sys.argv[1:2] == ['--list']:
        _, lines, model = refer(sys.argv[2])
        show(model)
        print('\n'.join(lines))
        return
    for name in sys.argv[1:] or names:
        result, _, _ = refer(name)
        Path(__file__).with_name('backbones').joinpath(f'{prefix}_{name}.json').write_text(json.dumps(result, indent=1) + '\n')
        print(name, result['parameters'], result['weights'], {k: v['spread'] for k, v in result['activations'].items()})
