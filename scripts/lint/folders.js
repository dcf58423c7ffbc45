/**
 * Which folder of `src` imports which: the one table behind the lint rule and its test. Imports flow one way, down the
 * table: a folder imports from those above it only, and its row names those that it does import, so that a new arrow
 * between two folders is seen in a review. A folder that is not named here may not exist: a new one gets its
 * place in the flow before it gets code.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const mayImport = {
  image: [],
  tensors: ['image'],
  preprocess: ['image'],
  dataset: ['image'],
  augment: ['image', 'dataset'],
  network: [],
  store: [],
  models: [],
  weights: ['network', 'store', 'models'],
  backend: [],
  predictions: [],
  inference: ['dataset', 'augment', 'network', 'models', 'backend', 'predictions'],
  training: ['dataset', 'network', 'store', 'models', 'weights', 'backend'],
  // Numbers and explanations are of any model's predictions, however it was trained.
  metrics: ['predictions'],
  explain: ['image'],
  // Trains and measures several models alike: the one folder that knows both sides.
  study: ['dataset', 'models', 'weights', 'backend', 'predictions', 'inference', 'training', 'metrics'],
  // No folder imports the three below: each is a subpath that a user of the others never loads.
  report: ['image', 'dataset', 'models', 'predictions', 'training', 'metrics', 'explain', 'study'],
  phantom: ['image', 'dataset'],
  node: ['image', 'dataset', 'store', 'models', 'weights', 'backend'],
};

/** Modules that lie in `src` itself and know no folder: any folder may import them. */
export const shared = [
  'arguments.js',
  'async.js',
  'dataRules.js',
  'errors.js',
  'hashers.js',
  'listing.js',
  'ndarray.js',
  'optional.js',
  'options.js',
  'plain.js',
  'progress.js',
  'random.js',
  'reason.js',
];

/** Optional peers, and packages that exist as ES modules only, which `require` of old Node versions cannot load. */
export const loadedOnDemand = ['csv-parse', 'fast-png', 'h5wasm', 'sharp', 'vega', 'vega-interpreter', 'vega-lite'];
