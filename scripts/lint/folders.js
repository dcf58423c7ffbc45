/**
 * Which folder of `src` may import which: the one table behind the lint rule and its test. A folder that is not named
 * here may not exist, so that a new one gets its place in the flow before it gets code.
 */
const flow = [
  'image',
  'preprocess',
  'dataset',
  'augment',
  'network',
  'store',
  'models',
  'weights',
  'backend',
  'predictions',
  'inference',
  'training',
];

const before = (folder) => flow.slice(0, flow.indexOf(folder));

/** @type {Readonly<Record<string, readonly string[]>>} */
export const mayImport = {
  ...Object.fromEntries(flow.map((folder) => [folder, before(folder)])),
  // Numbers and explanations are of any model's predictions, however it was trained.
  metrics: ['predictions'],
  explain: ['image', 'network'],
  // Trains and measures several models alike: the one folder that knows both sides.
  study: [...flow, 'metrics'],
  // Nobody imports the three below: each is a subpath that a user of the others never loads.
  report: [...flow, 'metrics', 'explain', 'study'],
  phantom: ['image', 'dataset'],
  node: [...flow],
};

/** Modules that lie in `src` itself and know no folder: any folder may import them. */
export const shared = [
  'arguments.js',
  'async.js',
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
export const loadedOnDemand = ['csv-parse', 'fast-png', 'h5wasm', 'sharp', 'vega', 'vega-lite'];
