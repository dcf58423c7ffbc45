import { quoted } from '../../arguments.js';
import { SpineError } from '../../errors.js';
import { listNames } from '../../listing.js';
import type { BackboneName, BackboneVariant } from '../../models/index.js';
import { checkedLater, oneOf, optionsOf, text, wholeNumber, type Rule } from '../../options.js';
import type { WeightChecksum } from './checksum.js';
import { officialWeights, type OfficialWeights } from './officialWeights.js';

/** A file to download. */
export interface WeightFile {
  /** http or https; in a browser it may be relative to the page. */
  readonly url: string;
  /** Refuses any other file. Without one, damage that keeps the file's form goes unnoticed. */
  readonly checksum?: WeightChecksum;
  /** Its size, if known: another is refused before it is downloaded, where the server tells. */
  readonly bytes?: number;
}

/** Official ImageNet weights by the backbone's name. */
export interface OfficialSource {
  readonly backbone: BackboneName;
  /** Default 'keras', or 'torch' where torchvision alone has the backbone. */
  readonly variant?: BackboneVariant;
}

/** What to fetch: a backbone with official weights, or any file. */
export type WeightLocation = BackboneName | OfficialSource | WeightFile;

export const officialSourceFields = optionsOf<OfficialSource>('The weights to fetch', {
  backbone: checkedLater,
  variant: checkedLater,
});

const digits = { md5: 32, sha256: 64 };

/**
 * The file that a source stands for, its address made absolute.
 *
 * @param variant which weights of a backbone that is given by its name alone.
 * @throws SpineError `invalid-argument` for an unknown backbone or variant, or a file that is not well described.
 */
export function weightFileOf(source: WeightLocation, variant?: BackboneVariant): WeightFile {
  if (typeof source === 'string') return officialFile({ backbone: source, ...(variant !== undefined && { variant }) });
  if (variant !== undefined)
    throw new SpineError(
      'invalid-argument',
      `The option variant goes with a backbone's name. Give it within the source: { backbone, variant: "${variant}" }.`,
    );
  if (typeof source === 'object' && source !== null) {
    if ('url' in source) return checkedFile(source);
    if ('backbone' in source) return officialFile(officialSourceFields.check(source));
  }
  throw new SpineError(
    'invalid-argument',
    `The weights to fetch are a backbone's name, { backbone, variant } or { url, checksum }; got ${quoted(source)}.`,
  );
}

function officialFile({ backbone, variant }: OfficialSource): WeightFile {
  const offered = officialWeights.filter((official) => official.backbone === backbone);
  if (offered.length === 0) {
    const names = new Set(officialWeights.map((official) => official.backbone));
    throw new SpineError(
      'invalid-argument',
      `There are no official weights of "${String(backbone)}". There are those of ${listNames(names, Infinity)}; for others give { url, checksum }.`,
    );
  }
  const found = variant === undefined ? offered[0] : offered.find((official) => official.variant === variant);
  if (found === undefined) {
    throw new SpineError(
      'invalid-argument',
      `There are no official weights of ${backbone} in the variant "${String(variant)}", only in ${listNames(offered.map((official) => official.variant))}.`,
    );
  }
  return found;
}

/** Those of an entry of `officialWeights` too, which is a file as well. */
export const weightFileFields = optionsOf<WeightFile & Partial<OfficialWeights>>('The file to fetch', {
  url: checkedLater,
  checksum: checkedLater,
  bytes: wholeNumber(1),
  backbone: text as Rule<BackboneName>,
  variant: oneOf('keras', 'torch'),
  source: text,
});

function checkedFile(file: WeightFile): WeightFile {
  // A misspelt checksum would verify nothing.
  const { url, checksum, bytes } = weightFileFields.check(file);
  const address = addressOf(url);
  return {
    url: address.href,
    ...(checksum !== undefined && { checksum: checkedChecksum(checksum, address) }),
    ...(bytes !== undefined && { bytes }),
  };
}

function addressOf(url: unknown): URL {
  let address: URL | undefined;
  try {
    address = new URL(String(url), globalThis.location?.href);
  } catch {
    // Said below.
  }
  if (address === undefined || !isWeb(address)) {
    throw new SpineError('invalid-argument', `url must be an http or https address; got ${quoted(url)}.`);
  }
  address.hash = '';
  return address;
}

/** Whether a server of the web is addressed, and not a file, say. */
export const isWeb = ({ protocol }: URL): boolean => protocol === 'https:' || protocol === 'http:';

function checkedChecksum(checksum: WeightChecksum, { pathname }: URL): WeightChecksum {
  if (typeof (checksum as unknown) !== 'object' || (checksum as unknown) === null) {
    throw new SpineError(
      'invalid-argument',
      `checksum must be { algorithm, value }, got ${quoted(checksum)}. Leave it out if there is none.`,
    );
  }
  const { algorithm, value } = checksum;
  const whole = Object.hasOwn(digits, algorithm) ? digits[algorithm] : undefined;
  if (whole === undefined)
    throw new SpineError('invalid-argument', `checksum.algorithm must be "md5" or "sha256"; got ${quoted(algorithm)}.`);
  const hexadecimal = typeof value === 'string' && /^[0-9a-f]+$/i.test(value) ? value.toLowerCase() : '';
  const isNamed =
    algorithm === 'sha256' && hexadecimal.length === 8 && new RegExp(`-${hexadecimal}\\.[^/]*$`).test(pathname);
  if (hexadecimal.length !== whole && !isNamed) {
    throw new SpineError(
      'invalid-argument',
      `checksum.value must be the ${whole} hexadecimal digits of the ${algorithm}, or the 8 of a sha256 that the file's name carries (model-0123abcd.pth); got ${quoted(value)}.`,
    );
  }
  return { algorithm, value: hexadecimal };
}
