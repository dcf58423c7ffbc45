/** What went wrong, as a stable word to branch on. */
export type SpineErrorCode =
  /** An option is missing, out of range, or contradicts another. */
  | 'invalid-argument'
  /** A file is no image this library reads, or is damaged. */
  | 'image-unreadable'
  /** An image or a batch has another shape than the one asked for. */
  | 'image-shape'
  /** An image holds NaN or infinite pixels. */
  | 'image-values'
  /** A data set, a folder or a part of a split holds no sample. */
  | 'dataset-empty'
  /** A class has too few samples for what was asked. */
  | 'class-too-small'
  /** A label is not among the classes. */
  | 'unknown-label'
  /** A sample has no label where one is needed. */
  | 'label-missing'
  /** Two samples share an id. */
  | 'duplicate-id'
  /** A manifest cannot be read, or lacks a column. */
  | 'manifest-invalid'
  /** A file or folder does not exist. */
  | 'file-missing'
  /** A file or folder could not be written. */
  | 'write-failed'
  /** A weight file is damaged, truncated or of another format. */
  | 'weights-format'
  /** Weights and model do not belong together. */
  | 'weights-mismatch'
  /** A model lacks what the operation needs. */
  | 'model-invalid'
  /** No backend, or not the one asked for, is registered with tfjs. */
  | 'backend-not-registered'
  /** The loss or a gradient became NaN or infinite. */
  | 'training-diverged'
  /** A model or predict function gave NaN, infinity, or outputs of an unexpected shape. */
  | 'prediction-invalid'
  /** An optional package is not installed. */
  | 'dependency-missing'
  /** A file could not be downloaded: the server, the connection or what they sent. */
  | 'download-failed'
  /** A downloaded file is not the one its checksum belongs to. */
  | 'weights-checksum'
  /** A checkpoint is damaged, or of a format that this version does not read. */
  | 'checkpoint-format'
  /** A checkpoint belongs to another run: other options, samples or model. */
  | 'checkpoint-mismatch'
  /** The wasm backend cannot have the threads that were asked for. */
  | 'threads-unavailable'
  /** A weight is NaN or infinite. */
  | 'weights-values'
  /** The graphics context or device of a backend was lost, and what it held. */
  | 'backend-lost'
  /** No registered backend can do what is required. */
  | 'backend-unfit';

const brand = Symbol.for('spine-xray-ml.SpineError');

/**
 * Every error this library throws on purpose. `code` is stable across versions; `message` says what was wrong,
 * what was given and what to do. `details` carries the same facts as data where there are several (file names, say).
 */
export class SpineError extends Error {
  readonly code: SpineErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: SpineErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SpineError';
    this.code = code;
    this.details = options.details ?? {};
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Whether `error` is a {@link SpineError}, of `code` if one is given. Works where `instanceof` does not: between the
 * ESM and the CJS copy of this package, and after minification.
 */
export function isSpineError(error: unknown, code?: SpineErrorCode): error is SpineError {
  if (typeof error !== 'object' || error === null || !(brand in error)) return false;
  return code === undefined || ('code' in error && error.code === code);
}
