import type { NdArray } from 'ndarray';

/** Weights by name: `layer/variable` as Keras 3 names both, such as `block1_conv1/kernel`. */
export type NamedArrays = ReadonlyMap<string, NdArray<Float32Array | Float64Array>>;
