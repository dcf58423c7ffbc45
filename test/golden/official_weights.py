"""Where Keras and torchvision publish their ImageNet weights, and the checksums they hold them against.

Both are asked as a user would ask them, and stopped when they come to download: what they then ask for is written down.
Run it where keras is installed, where torchvision is, or where both are; it renews the rows of those it finds:
    python test/golden/official_weights.py src/weights/fetch/officialWeights.json
Needs: keras 3.15.1 (on tensorflow-cpu 2.21.0) or torchvision 0.29.2.
"""
import json
import os
import re
import sys
from importlib.util import find_spec

os.environ['CUDA_VISIBLE_DEVICES'] = ''
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'

# Our name of a backbone: theirs.
KERAS = {
    'xception': 'Xception', 'efficientnetB3': 'EfficientNetB3', 'densenet169': 'DenseNet169', 'vgg19': 'VGG19',
    'resnet101': 'ResNet101', 'mobilenet': 'MobileNet', 'vgg16': 'VGG16', 'inceptionV3': 'InceptionV3',
    'densenet201': 'DenseNet201', 'inceptionResNetV2': 'InceptionResNetV2', 'efficientnetB0': 'EfficientNetB0',
}
TORCH = {
    'efficientnetB3': 'efficientnet_b3', 'densenet169': 'densenet169', 'vgg19': 'vgg19', 'resnet101': 'resnet101',
    'vgg16': 'vgg16', 'inceptionV3': 'inception_v3', 'densenet201': 'densenet201', 'efficientnetB0': 'efficientnet_b0',
    'googlenet': 'googlenet', 'alexnet': 'alexnet',
}


class Asked(Exception):
    pass


def keras_rows():
    import keras
    from keras.src.utils import file_utils

    def stop(fname, origin, file_hash=None, **_):
        raise Asked(origin, file_hash)

    file_utils.get_file = stop
    for backbone, name in KERAS.items():
        keras.backend.clear_session()
        try:
            getattr(keras.applications, name)(weights='imagenet', include_top=False)
        except Asked as asked:
            url, digest = asked.args
        row = {'backbone': backbone, 'variant': 'keras', 'url': url}
        # Keras knows no checksum of MobileNet.
        if digest is not None:
            row['checksum'] = {'algorithm': {32: 'md5', 64: 'sha256'}[len(digest)], 'value': digest}
        yield {**row, 'source': f'keras {keras.__version__}: applications.{name}, include_top=False'}


def torch_rows():
    import torchvision

    for backbone, name in TORCH.items():
        weights = torchvision.models.get_model_weights(name).IMAGENET1K_V1
        # torch.hub holds a download against the hexadecimal digits in its name.
        digits = re.search(r'-([0-9a-f]{8,})\.', weights.url)[1]
        yield {
            'backbone': backbone, 'variant': 'torch', 'url': weights.url,
            'checksum': {'algorithm': 'sha256', 'value': digits},
            'source': f"torchvision {torchvision.__version__.split('+')[0]}: {weights}",
        }


def main(path):
    rows = []
    if os.path.exists(path):
        with open(path) as file:
            rows = json.load(file)
    for variant, package, read in [('keras', 'keras', keras_rows), ('torch', 'torchvision', torch_rows)]:
        if find_spec(package) is not None:
            rows = [row for row in rows if row['variant'] != variant] + list(read())
    rows.sort(key=lambda row: (row['variant'], list({**KERAS, **TORCH}).index(row['backbone'])))
    with open(path, 'w') as file:
        file.write('[\n' + ',\n'.join('  ' + json.dumps(row) for row in rows) + '\n]\n')


main(sys.argv[1])
