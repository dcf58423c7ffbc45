/**
 * What each code tells as data, beside its message. Fields without a question mark are always there.
 * Ordered by topic: the call, files, images, data sets, models and weights, training, predictions, backends.
 */
export interface SpineErrorDetails {
  /** An option is missing, out of range, or contradicts another. */
  'invalid-argument': {
    /** The row of earlier results that is of other settings. */
    readonly name?: string;
    /** The settings that differ. */
    readonly differing?: readonly string[];
  };
  /** An optional package is not installed. */
  'dependency-missing': { readonly package: string };

  /** A file or folder does not exist. */
  'file-missing': {
    readonly file?: string;
    readonly directory?: string;
    /** The manifest that is not there, or that names what is missing. */
    readonly manifest?: string;
    /** Files that a manifest names and that are not there. */
    readonly missing?: readonly { readonly row: number; readonly file: string }[];
  };
  /** A file or folder could not be written. */
  'write-failed': { readonly path?: string };
  /** A manifest cannot be read, or lacks a column. */
  'manifest-invalid': {
    readonly manifest: string;
    /** From 1, as an editor counts. */
    readonly row?: number;
    /** What the row names. */
    readonly file?: string | undefined;
    /** Columns that are missing. */
    readonly missing?: readonly string[];
    /** Columns that are there. */
    readonly found?: readonly string[];
  };

  /** A file is not an image that this library reads, or is damaged. */
  'image-unreadable': {
    readonly file?: string;
    readonly format?: string;
    readonly width?: number;
    readonly height?: number;
    /** The type of the file's pixels, in the words of sharp. */
    readonly depth?: string | undefined;
  };
  /** An image or a batch has another shape than the one asked for. */
  'image-shape': {
    /** The film that was to be written. */
    readonly name?: string;
    readonly shape?: readonly number[];
    readonly expected?: readonly number[];
    readonly dtype?: string;
  };
  /** An image holds NaN or infinite pixels. */
  'image-values': {
    /** The film that was to be written. */
    readonly name?: string;
    /** The pixel that has no place in the file. */
    readonly value?: number;
    readonly shape?: readonly number[];
    readonly expected?: readonly number[];
    readonly dtype?: string;
  };

  /** A data set, a folder or a part of a split holds no sample. */
  'dataset-empty': {
    readonly directory?: string;
    readonly manifest?: string;
    /** The class whose folder is empty. */
    readonly label?: string;
    /** Class folders that are there. */
    readonly found?: readonly string[];
    /** Files that were left out because they could not be read, and why. */
    readonly skipped?: readonly { readonly id: string; readonly file: string; readonly message: string }[];
    /** How many parts were asked for; or the names of the parts that hold nothing. */
    readonly parts?: number | readonly string[];
    readonly classes?: readonly { readonly name: string; readonly samples: number; readonly groups: number }[];
  };
  /** A class has too few samples for what was asked. */
  'class-too-small': {
    /** How many parts were asked for. */
    readonly parts?: number;
    readonly classes?: readonly { readonly name: string; readonly samples: number; readonly groups: number }[];
  };
  /** A sample has no label where one is needed. */
  'label-missing': { readonly ids?: readonly string[] };
  /** A label is not among the classes. */
  'unknown-label': {
    readonly label?: string | undefined;
    readonly classes?: readonly string[];
    /** Classes that were asked for and that no sample has. */
    readonly unknown?: readonly string[];
    /** Classes that the samples have. */
    readonly present?: readonly string[];
    readonly directory?: string;
    /** Classes that were asked for and that have no folder. */
    readonly missing?: readonly string[];
    /** Class folders that are there. */
    readonly found?: readonly string[];
    readonly manifest?: string;
    readonly row?: number | undefined;
  };
  /** Two samples share an id. */
  'duplicate-id': {
    readonly ids?: readonly string[];
    readonly manifest?: string;
    readonly rows?: readonly number[];
    /** What both rows name. */
    readonly file?: string;
    readonly parts?: readonly string[];
  };

  /** A model lacks what the operation needs. */
  'model-invalid': {
    /** The weight that two layers call by one name. */
    readonly name?: string;
  };
  /** A weight file is damaged, truncated or of another format. */
  'weights-format': {
    readonly file?: string;
    readonly directory?: string;
    /** Bytes that are there. */
    readonly found?: number;
    /** Bytes that there should be. */
    readonly expected?: number;
    /** What libhdf5 printed. */
    readonly libhdf5?: string;
  };
  /** A weight is NaN or infinite. */
  'weights-values': {
    readonly name: string;
    /** How many of its numbers are. */
    readonly count: number;
    readonly shape: readonly number[];
  };
  /** Weights and model do not belong together. */
  'weights-mismatch': {
    readonly matched?: readonly string[];
    readonly missing?: readonly string[];
    readonly unexpected?: readonly string[];
    /** Layers of the model that have no counterpart. */
    readonly model?: readonly string[];
    /** Those of the weights; or whose names the weights have, `keras` or `torch`. */
    readonly weights?: string | readonly string[];
    /** Names that the weights have twice. */
    readonly names?: readonly string[];
    /** What the images that the weights were trained on were normalized by. */
    readonly mean?: readonly number[];
    readonly variance?: readonly number[];
    readonly backbone?: string;
    readonly variant?: string;
  };
  /** A file could not be downloaded: the server, the connection or what they sent. */
  'download-failed': {
    /** Without the query, which may hold a key. */
    readonly url: string;
    readonly reason: 'status' | 'connection' | 'stalled' | 'truncated' | 'redirect' | 'content' | 'too-large';
    /** What the server answered. */
    readonly status?: number;
    /** After how many seconds without a byte it was given up. */
    readonly timeout?: number;
  };
  /** A downloaded file is not the one its checksum belongs to. */
  'weights-checksum': {
    readonly url: string;
    readonly expected: { readonly algorithm: string; readonly value: string };
    readonly actual: { readonly algorithm: string; readonly value: string };
  };

  /** The loss or a gradient became NaN or infinite. */
  'training-diverged': Readonly<Record<never, never>>;
  /** A checkpoint is damaged, or of a format that this version does not read. */
  'checkpoint-format': Readonly<Record<never, never>>;
  /** A checkpoint belongs to another run: other options, samples or model. */
  'checkpoint-mismatch': {
    /** Each by the path of the setting. */
    readonly differences?: readonly { readonly path: string; readonly saved: unknown; readonly given: unknown }[];
    /** Names of initial weights that differ. */
    readonly weights?: readonly string[];
  };

  /** A model or predict function gave NaN, infinity, or outputs of an unexpected shape. */
  'prediction-invalid': Readonly<Record<never, never>>;

  /** No backend, or not the one asked for, is registered with tfjs. */
  'backend-not-registered': {
    readonly backend?: string;
    readonly registered?: readonly string[];
  };
  /** No registered backend can do what is required. */
  'backend-unfit': {
    /** What was found of each: `BackendCandidate`s. */
    readonly candidates: readonly { readonly name: string; readonly usable: boolean; readonly reason: string }[];
  };
  /** The graphics context or device of a backend was lost, and what it held. */
  'backend-lost': {
    readonly backend?: string;
    /** The first weight that is gone. */
    readonly weight?: string;
  };
  /** The wasm backend cannot have the threads that were asked for. */
  'threads-unavailable': Readonly<Record<never, never>>;
}

/** What went wrong, as a stable word to branch on. */
export type SpineErrorCode = keyof SpineErrorDetails;

const brand = Symbol.for('spine-xray-ml.SpineError');

/**
 * Every error this library throws on purpose. `code` is stable across versions; `message` says what was wrong,
 * what was given and what to do. `details` carries the same facts as data where there are several (file names, say):
 * {@link SpineErrorDetails} lists them by code.
 */
export class SpineError<Code extends SpineErrorCode = SpineErrorCode> extends Error {
  readonly code: Code;
  /** What the code tells, and the `id` of the sample if one was being read. */
  readonly details: SpineErrorDetails[Code] & { readonly id?: string };

  /** @param options to be left out where a code needs no details. */
  constructor(
    code: Code,
    message: string,
    ...[options]: object extends SpineErrorDetails[Code]
      ? [options?: { readonly cause?: unknown; readonly details?: SpineErrorDetails[Code] & { readonly id?: string } }]
      : [options: { readonly cause?: unknown; readonly details: SpineErrorDetails[Code] & { readonly id?: string } }]
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SpineError';
    this.code = code;
    this.details = options?.details ?? ({} as SpineErrorDetails[Code]);
    Object.defineProperty(this, brand, { value: true });
  }
}

/** An error of any code: comparing its `code` tells which details it has. */
export type AnySpineError = { [Code in SpineErrorCode]: SpineError<Code> }[SpineErrorCode];

/**
 * Whether `error` is a {@link SpineError}, of `code` if one is given: `error.details` is then typed by it. Works where
 * `instanceof` does not: between the ESM and the CJS copy of this package, and after minification.
 */
export function isSpineError(error: unknown): error is AnySpineError;
export function isSpineError<Code extends SpineErrorCode>(error: unknown, code: Code): error is SpineError<Code>;
export function isSpineError(error: unknown, code?: SpineErrorCode): boolean {
  if (typeof error !== 'object' || error === null || !(brand in error)) return false;
  return code === undefined || ('code' in error && error.code === code);
}

/**
 * The same failure, with a place in front of its message.
 *
 * @internal
 */
export function errorAbout(place: string, error: AnySpineError): SpineError {
  return new SpineError(error.code, `${place}: ${error.message}`, { cause: error, details: error.details });
}

/**
 * What went wrong with a sample, with a place in front of its message and the sample's id among its details.
 *
 * @param code of an error that is no {@link SpineError}.
 * @internal
 */
export function sampleError(place: string, error: unknown, id: string, code: SpineErrorCode): SpineError {
  const message = `${place}: ${error instanceof Error ? error.message : String(error)}`;
  const own = isSpineError(error) ? error : { code, details: {} };
  return new SpineError(own.code, message, { cause: error, details: { ...own.details, id } });
}
