import type { ScalarBox, ImageShape } from './partition.js';

/**
 * The part of an image that is kept in an evaluation: a union of boxes, as a chain that ends in `null`, the empty
 * region. Regions share their tails, so that thousands of them waiting in a queue cost little; SHAP's queue keeps a
 * byte per scalar of the image for each.
 */
export type Region = { readonly box: ScalarBox; readonly rest: Region } | null;

/** `region` with `box` added. */
export function join(box: ScalarBox, region: Region): Region {
  return { box, rest: region };
}

/** The region as a mask [height, width, channels], row-major: 1 where the scalar is kept, 0 where it is masked. */
export function paint(region: Region, shape: ImageShape): Uint8Array {
  const mask = new Uint8Array(shape[0] * shape[1] * shape[2]);
  for (let link = region; link !== null; link = link.rest) fillBox(mask, shape, link.box);
  return mask;
}

function fillBox(mask: Uint8Array, [, width, channels]: ImageShape, box: ScalarBox): void {
  const wholePixels = box.channelStart === 0 && box.channelEnd === channels;
  for (let row = box.rowStart; row < box.rowEnd; row++) {
    if (wholePixels) {
      mask.fill(1, (row * width + box.columnStart) * channels, (row * width + box.columnEnd) * channels);
      continue;
    }
    for (let column = box.columnStart; column < box.columnEnd; column++) {
      const pixel = (row * width + column) * channels;
      mask.fill(1, pixel + box.channelStart, pixel + box.channelEnd);
    }
  }
}
