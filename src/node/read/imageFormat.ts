/** What the first bytes of a file say it is; `undefined` where they are of no format that this library reads. */
export type ImageFormat = 'PNG' | 'JPEG' | 'TIFF' | 'WebP';

/** How many leading bytes {@link imageFormat} and {@link otherFormat} look at. */
export const signatureLength = 132;

/**
 * The format by its signature. Files are told apart here, not by libvips, so that formats which run code or fetch
 * files when opened (SVG, PDF) never reach a decoder.
 */
export function imageFormat(head: Uint8Array): ImageFormat | undefined {
  const text = latin1(head);
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'PNG';
  if (text.startsWith('\xff\xd8\xff')) return 'JPEG';
  if (/^(?:II[*+]\0|MM\0[*+])/.test(text)) return 'TIFF';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'WebP';
  return undefined;
}

/** What a file of another format probably is, in words. */
export function otherFormat(head: Uint8Array): string {
  const text = latin1(head);
  if (text.slice(128, 132) === 'DICM') return 'it is a DICOM file';
  if (text.startsWith('GIF8')) return 'it is a GIF';
  if (text.startsWith('BM')) return 'it looks like a BMP';
  if (text.startsWith('%PDF')) return 'it is a PDF';
  if (/^\s*<(?:\?xml|svg)/.test(text)) return 'it is an SVG or XML file';
  if (text.slice(4, 8) === 'ftyp') return 'it is a HEIF, AVIF or video file';
  return 'its first bytes are of none of these';
}

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes.subarray(0, signatureLength));
