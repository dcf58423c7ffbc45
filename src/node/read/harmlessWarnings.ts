/** What sharp and libvips wrap around a warning; says nothing of its own. */
const wrappers = [/^Warning treated as error due to failOn setting$/, /^error in tile \d+ x \d+$/];

/**
 * Warnings after which the pixels are whole, in the words of libjpeg and libtiff. Stray bytes count as harmless where
 * they stand before a header's marker alone: before DHT, SOS, a restart or the end of the image (0xc4, 0xd0–0xda) they
 * are what a decoder leaves of damaged pixels. Seen by turning single bytes of progressive films.
 */
const harmless = [
  /^VipsJpeg: Corrupt JPEG data: \d+ extraneous bytes before marker 0x(?:c[0-35-9a-f]|d[b-f]|[ef][0-9a-f])$/,
  /^(?:\w+: )?Unknown field with tag \d+/,
  /^(?:\w+: )?Invalid TIFF directory; tags are not sorted in ascending order$/,
  /^(?:\w+: )?ASCII value for tag "\w+" (?:does not end in null byte|contains null byte in value)/,
];

/** Whether a strict decoder refused a file for oddities alone. What this list does not know is damage. */
export function isHarmlessWarning(error: unknown): boolean {
  const lines = (error instanceof Error ? error.message : '').split('\n').map((line) => line.trim().replace(/\.$/, ''));
  const warnings = lines.filter((line) => line !== '' && !wrappers.some((wrapper) => wrapper.test(line)));
  return warnings.length > 0 && warnings.every((line) => harmless.some((known) => known.test(line)));
}
