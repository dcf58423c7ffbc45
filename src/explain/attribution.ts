import type { Credits } from './owen.js';
import type { ImageShape, PartitionNode } from './partition.js';

/**
 * Hands the credit of every node down to the scalars in it, evenly.
 *
 * @returns values [height, width, channels, outputs], row-major. Their sum per output is the sum of the credits.
 */
export function spreadCredits(tree: PartitionNode, credits: Credits, shape: ImageShape, outputs: number): Float64Array {
  const values = new Float64Array(shape[0] * shape[1] * shape[2] * outputs);
  const lower = (node: PartitionNode, inherited: Float64Array): void => {
    const own = credits.get(node);
    const total = own === undefined ? inherited : inherited.map((credit, k) => credit + own[k]!);
    for (const child of node.visitedChildren) {
      const share = child.leafCount / node.leafCount;
      lower(
        child,
        total.map((credit) => credit * share),
      );
    }
    if (node.visitedChildren.length > 0) return;
    fillValues(
      values,
      node,
      shape,
      total.map((credit) => credit / node.leafCount),
    );
  };
  lower(tree, new Float64Array(outputs));
  return values;
}

function fillValues(values: Float64Array, { box }: PartitionNode, shape: ImageShape, perLeaf: Float64Array): void {
  const [, width, channels] = shape;
  for (let row = box.rowStart; row < box.rowEnd; row++) {
    for (let column = box.columnStart; column < box.columnEnd; column++) {
      for (let channel = box.channelStart; channel < box.channelEnd; channel++) {
        values.set(perLeaf, ((row * width + column) * channels + channel) * perLeaf.length);
      }
    }
  }
}
