"""Small real weight files of Keras Applications, narrowed and cut, with random weights, and the activations they give.

    python test/golden/backbone_files.py            writes test/golden/backbone_files/<name>.<format>.gz and activations.json
Needs: tensorflow-cpu 2.21.0, keras 3.15.1, numpy 2.4.6.
"""
import gzip
import json
from pathlib import Path

from keras_applications import activations, build, randomize

# name: side, width, endBlock here and the last layer in Keras, three depths, formats.
FILES = {
    'xception': (72, 0.0625, 4, 'add_2', ['block2_sepconv2_bn', 'add_1', 'add_2'], ['h5', 'weights.h5', 'keras']),
    'vgg16': (64, 0.125, 2, 'block2_pool', ['block1_conv1', 'block1_pool', 'block2_pool'], ['h5']),
    'vgg19': (64, 0.125, 2, 'block2_pool', ['block1_conv1', 'block1_pool', 'block2_pool'], ['weights.h5']),
    'resnet101': (64, 0.125, 2, 'conv2_block3_out', ['pool1_pool', 'conv2_block1_out', 'conv2_block3_out'], ['keras']),
    'densenet169': (64, 0.125, 1, 'conv2_block6_concat', ['pool1', 'conv2_block3_concat', 'conv2_block6_concat'], ['h5']),
    'densenet201': (64, 0.25, 1, 'conv2_block6_concat', ['pool1', 'conv2_block3_concat', 'conv2_block6_concat'], ['weights.h5']),
    'efficientnetB0': (64, 0.25, 3, 'block3b_add', ['block1a_project_bn', 'block2b_add', 'block3b_add'], ['h5', 'keras']),
    'efficientnetB3': (64, 0.25, 2, 'block2c_add', ['block1a_project_bn', 'block1b_add', 'block2c_add'], ['weights.h5']),
    'mobilenet': (64, 0.25, 4, 'conv_pw_4_relu', ['conv1_relu', 'conv_pw_2_relu', 'conv_pw_4_relu'], ['h5', 'weights.h5']),
    'inceptionV3': (96, 0.0625, 2, 'mixed1', ['max_pooling2d_1', 'mixed0', 'mixed1'], ['h5', 'weights.h5', 'keras']),
    'inceptionResNetV2': (96, 0.0625, 1, 'mixed_5b', ['activation_4', 'max_pooling2d_1', 'mixed_5b'], ['h5', 'keras']),
}

folder = Path(__file__).with_name('backbone_files')
folder.mkdir(exist_ok=True)
entries = []
for seed, (name, (side, width, end_block, last_layer, depths, formats)) in enumerate(FILES.items()):
    model = build(name, side, width, last_layer)
    randomize(model, seed)
    for extension in formats:
        path = folder / f'{name}.{extension}'
        model.save_weights(path) if extension == 'weights.h5' else model.save(path)
        # HDF5 leaves much room between its parts.
        packed = gzip.compress(path.read_bytes(), 9, mtime=0)
        path.unlink()
        path.with_name(f'{path.name}.gz').write_bytes(packed)
        print(path.name, len(packed))
        entries.append({'file': path.name, 'backbone': name, 'side': side, 'width': width, 'endBlock': end_block})
    for entry in entries:
        if entry['backbone'] == name:
            entry['activations'] = activations(model, name, side, depths)
(folder / 'activations.json').write_text(json.dumps(entries, indent=1) + '\n')
