"""Opens in Python what the library wrote in Node: test/node/write/writtenForPython.test.ts runs it.

    python test/golden/check_written.py <folder>
The folder holds model.safetensors (weights of a backbone), example.safetensors (an image in [0, 1] and the backbone's
output for it) and written.json (which backbone, and after which layer it ends). The weights are set into the same
network of keras.applications under the names of docs/weights.md, and the two outputs compared.
Needs: tensorflow-cpu 2.21.0, keras 3.15.1, safetensors, numpy.
"""
import json
import os
import re
import sys
from pathlib import Path

os.environ['CUDA_VISIBLE_DEVICES'] = ''
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import keras
import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file

folder = Path(sys.argv[1])
written = json.loads((folder / 'written.json').read_text())
with safe_open(folder / 'model.safetensors', 'numpy') as file:
    assert file.metadata() == written['metadata'], file.metadata()


def keras_layer(name):
    match = re.fullmatch(r'(add|batch_normalization|conv2d)_(\d+)', name)
    if match is None:
        return name
    return match[1] if match[2] == '1' else f'{match[1]}_{int(match[2]) - 1}'


# Also written down in docs/weights.md, "Into Keras": keep the two alike.
def keras_name(name):
    layer, variable = name.split('/')
    return f'{keras_layer(layer)}/{variable}'


weights = {keras_name(name): values for name, values in load_file(folder / 'model.safetensors').items()}
example = load_file(folder / 'example.safetensors')
shape = example['image'].shape

builder, module = {
    'xception': (keras.applications.Xception, keras.applications.xception),
    'densenet169': (keras.applications.DenseNet169, keras.applications.densenet),
    'resnet101': (keras.applications.ResNet101, keras.applications.resnet),
}[written['backbone']]
keras.backend.clear_session()
whole = builder(weights=None, include_top=False, input_shape=shape)
model = keras.Model(whole.inputs, whole.get_layer(keras_layer(written['endLayer'])).output)
for layer in model.layers:
    for variable in layer.weights:
        variable.assign(weights.pop(f'{layer.name}/{variable.name}'))
assert not weights, sorted(weights)

images = module.preprocess_input(255.0 * example['image'][None])
output = model.predict(images, verbose=0)[0]
scale = np.abs(example['output']).max()
difference = float(np.abs(output - example['output']).max() / scale)
print(json.dumps({'difference': difference, 'keras': keras.__version__}))
assert output.shape == example['output'].shape and scale > 0 and difference < 1e-4
