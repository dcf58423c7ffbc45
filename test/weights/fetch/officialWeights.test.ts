import { expect, it } from 'vitest';
import { type BackboneName, type BackboneVariant } from 'spine-xray-ml';
import { fetchWeightFile, officialWeights } from 'spine-xray-ml/weights';
import { failure } from '../../node/temporary.js';

/** By the type, every name has to be here; by the test, every name in the table. */
const variants: Readonly<Record<BackboneName, readonly BackboneVariant[]>> = {
  xception: ['keras'],
  efficientnetB3: ['keras', 'torch'],
  densenet169: ['keras', 'torch'],
  vgg19: ['keras', 'torch'],
  resnet101: ['keras', 'torch'],
  mobilenet: ['keras'],
  vgg16: ['keras', 'torch'],
  inceptionV3: ['keras', 'torch'],
  densenet201: ['keras', 'torch'],
  inceptionResNetV2: ['keras'],
  efficientnetB0: ['keras', 'torch'],
  googlenet: ['torch'],
  alexnet: ['torch'],
};
const backbones = Object.keys(variants) as BackboneName[];

it('are there once for each backbone and variant, over https', () => {
  const expected = backbones.flatMap((backbone) => variants[backbone].map((variant) => `${backbone} ${variant}`));
  expect(officialWeights.map(({ backbone, variant }) => `${backbone} ${variant}`).sort()).toEqual(expected.sort());
  expect(new Set(officialWeights.map(({ url }) => url)).size).toBe(officialWeights.length);
  expect(officialWeights.every(({ url }) => url.startsWith('https://'))).toBe(true);
});

it('have the checksums that Keras and torchvision are known for', () => {
  const of = (backbone: string, variant: string) =>
    officialWeights.find((official) => official.backbone === backbone && official.variant === variant)?.checksum;
  expect(of('xception', 'keras')).toEqual({ algorithm: 'md5', value: 'b0042744bf5b25fce3cb969f33bebb97' });
  expect(of('densenet169', 'keras')).toEqual({ algorithm: 'md5', value: 'b8c4d4c20dd625c148057b9ff1c1176b' });
  expect(of('resnet101', 'torch')).toEqual({ algorithm: 'sha256', value: '63fe2227' });
  expect(officialWeights.filter(({ checksum }) => checksum === undefined).map(({ backbone }) => backbone)).toEqual([
    'mobilenet',
  ]);
});

/** The address that a source is fetched from. */
async function asked(
  source: Parameters<typeof fetchWeightFile>[0],
  options: { variant?: BackboneVariant } = {},
): Promise<string> {
  const addresses: string[] = [];
  const fetch = (async (address: string) => (
    addresses.push(address),
    new Response(null, { status: 404 })
  )) as typeof globalThis.fetch;
  await failure(fetchWeightFile(source, { ...options, fetch }));
  return addresses.join();
}

it('are found by name, Keras’s first', async () => {
  for (const { backbone, variant, url } of officialWeights) {
    expect(await asked({ backbone, variant })).toBe(url);
    expect(await asked(backbone, { variant })).toBe(url);
    if (variant === variants[backbone][0])
      expect([await asked(backbone), await asked({ backbone })]).toEqual([url, url]);
  }
});

it('are well described: each is accepted as a source of its own', async () => {
  for (const official of officialWeights) expect(await asked({ ...official })).toBe(official.url);
});
