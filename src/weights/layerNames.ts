/** A layer, and the models it is nested in from the outermost, the model itself left out. */
export interface LayerPlace {
  readonly models: readonly string[];
  readonly layer: string;
}

/**
 * One name for each layer: its own, as Keras's files have it. If a nested model has a layer of the same name as one
 * elsewhere, all layers of that model take its name before theirs: `encoder/block1_conv1`.
 */
export function uniqueLayerNames(places: readonly LayerPlace[]): readonly string[] {
  const uses = new Map<string, number>();
  for (const { layer } of places) uses.set(layer, (uses.get(layer) ?? 0) + 1);
  const prefixed = new Set(places.filter(({ layer }) => uses.get(layer)! > 1).map(({ models }) => models.join('/')));
  return places.map(({ models, layer }) => (prefixed.has(models.join('/')) ? [...models, layer].join('/') : layer));
}

/**
 * Keras's name for layers of a class, which automatic names are numbered from: `BatchNormalization` →
 * `batch_normalization`.
 */
export function classLayerName(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** A name by its last number: `conv2d_7` is 7 of `conv2d`, and `conv2d` itself is 0. */
export function numberedName(name: string): { readonly base: string; readonly number: number } {
  const match = /^(.*?)(?:_(\d+))?$/.exec(name)!;
  return { base: match[1]!, number: Number(match[2] ?? 0) };
}

/** The names that Keras 3 gives the variables of a layer, for those of its own and of older files. */
export function variableNames(layer: string, written: readonly string[]): readonly string[] {
  const plain = written.map((name) => oldNames.get(withoutLayer(layer, name)) ?? withoutLayer(layer, name));
  // Keras 3 calls the kernel of a plain depthwise convolution just that.
  const isDepthwise = plain.includes('depthwise_kernel') && !plain.includes('pointwise_kernel');
  return plain.map((name) => (isDepthwise && name === 'depthwise_kernel' ? 'kernel' : name));
}

/** Keras 1 wrote `conv1_W:0` for the kernel, and the variance as a running deviation, which it never was. */
const oldNames: ReadonlyMap<string, string> = new Map([
  ['W', 'kernel'],
  ['b', 'bias'],
  ['running_mean', 'moving_mean'],
  ['running_std', 'moving_variance'],
]);

function withoutLayer(layer: string, written: string): string {
  const name = written.slice(written.lastIndexOf('/') + 1).replace(/:\d+$/, '');
  return name.startsWith(`${layer}_`) ? name.slice(layer.length + 1) : name;
}
