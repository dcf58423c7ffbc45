import sharp from 'sharp';
import type { Picture } from 'spine-xray-ml/report';

const gap = 6;
const white = 255;

/** Pictures of one size, side by side in rows, a white gap between them. RGB if one of them is, grey otherwise. */
export function sheet(rows: readonly (readonly Picture[])[]): Picture {
  const { width: tileWidth, height: tileHeight } = rows[0]![0]!;
  const columns = Math.max(...rows.map((row) => row.length));
  const width = columns * (tileWidth + gap) - gap;
  const height = rows.length * (tileHeight + gap) - gap;
  const channels = rows.flat().some((tile) => tile.channels === 3) ? 3 : 1;
  const data = new Uint8Array(width * height * channels).fill(white);
  for (const [row, tiles] of rows.entries()) {
    for (const [column, tile] of tiles.entries()) {
      if (tile.width !== tileWidth || tile.height !== tileHeight) {
        throw new Error(`Tiles must be ${tileWidth}×${tileHeight}, got ${tile.width}×${tile.height}.`);
      }
      const left = column * (tileWidth + gap);
      const top = row * (tileHeight + gap);
      for (let pixel = 0; pixel < tileWidth * tileHeight; pixel++) {
        const y = top + Math.floor(pixel / tileWidth);
        const at = (y * width + left + (pixel % tileWidth)) * channels;
        for (let channel = 0; channel < channels; channel++) {
          data[at + channel] = tile.data[pixel * tile.channels + (tile.channels === 3 ? channel : 0)]!;
        }
      }
    }
  }
  return { width, height, channels, data };
}

/** A picture as the bytes of a PNG. */
export const png = ({ width, height, channels, data }: Picture): Promise<Uint8Array> =>
  sharp(data, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png({ compressionLevel: 9, adaptiveFiltering: true })
    .toBuffer();
