import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  exactEvaluations,
  partitionTree,
  type ScalarBox,
  type ImageShape,
  type PartitionNode,
} from '../../src/explain/partition.js';
import { join, paint } from '../../src/explain/region.js';
import { countOf } from './support.js';

interface Clustering {
  readonly shape: ImageShape;
  /** SHAP's rows: left child, right child, distance, size; leaves 0 … M − 1, row r is node M + r. */
  readonly table: readonly (readonly number[])[];
}

const { clusterings } = JSON.parse(readFileSync(new URL('../golden/shap_partition.json', import.meta.url), 'utf8')) as {
  readonly clusterings: readonly Clustering[];
};

it.each(clusterings)('the tree of $shape is SHAP’s clustering', ({ shape, table }) => {
  expect(clusteringOf(shape)).toEqual(table);
});

it('five rows divide into the last two and the first three, colours into the last and the first two', () => {
  const [left, right] = partitionTree([5, 1, 1]).split();
  expect([left.box.rowStart, left.box.rowEnd]).toEqual([3, 5]);
  expect([right.box.rowStart, right.box.rowEnd]).toEqual([0, 3]);
  const [blue, redGreen] = partitionTree([1, 1, 3]).split();
  expect([blue.box.channelStart, blue.box.channelEnd]).toEqual([2, 3]);
  expect([redGreen.box.channelStart, redGreen.box.channelEnd]).toEqual([0, 2]);
});

it('exact evaluations are 2(M² − 1)/3 + 2 for M a power of two, and 2M with a fixed context', () => {
  expect(exactEvaluations([4, 4, 1], null)).toBe(172);
  expect(exactEvaluations([16, 16, 1], null)).toBe(43_692);
  expect(exactEvaluations([299, 299, 3], 0)).toBe(2 * 268_203);
  expect(exactEvaluations([1, 1, 1], null)).toBe(2);
});

it('children divide their parent, at every node of every shape', () => {
  const side = fc.integer({ min: 1, max: 6 });
  fc.assert(
    fc.property(side, side, fc.integer({ min: 1, max: 3 }), (height, width, channels) => {
      const shape = [height, width, channels] as const;
      for (const node of innerNodes(partitionTree(shape))) {
        const [left, right] = node.split();
        const parent = paint(join(node.box, null), shape);
        const [leftMask, rightMask] = [left, right].map(({ box }) => paint(join(box, null), shape)) as [
          Uint8Array,
          Uint8Array,
        ];
        expect(leftMask.map((kept, index) => kept + rightMask[index]!)).toEqual(parent);
        expect(paint(join(left.box, join(right.box, null)), shape)).toEqual(parent);
        expect(left.leafCount + right.leafCount).toBe(node.leafCount);
      }
    }),
    { numRuns: 40 },
  );
});

/**
 * Numbers the nodes as SHAP does: it takes boxes from a heap by size, then by place in the point-reflected image, and
 * numbers them downwards from the root.
 */
function clusteringOf(shape: ImageShape): number[][] {
  const count = countOf(shape);
  const ids = new Map<PartitionNode, number>();
  const inner: PartitionNode[] = [];
  const open = [partitionTree(shape)];
  let next = 2 * count - 2;
  while (open.length > 0) {
    open.sort(
      (a, b) => b.leafCount - a.leafCount || compare(reflectedStarts(a.box, shape), reflectedStarts(b.box, shape)),
    );
    const node = open.shift()!;
    ids.set(node, node.isLeaf ? flatIndex(node.box, shape) : next);
    next--;
    if (node.isLeaf) continue;
    inner.push(node);
    open.push(...node.split());
  }
  const rows = inner.map((node) => {
    const [left, right] = node.split();
    return [ids.get(left)!, ids.get(right)!, 0, node.leafCount];
  });
  return rows.reverse();
}

function* innerNodes(node: PartitionNode): Generator<PartitionNode> {
  if (node.isLeaf) return;
  yield node;
  for (const child of node.split()) yield* innerNodes(child);
}

const flatIndex = (box: ScalarBox, [, width, channels]: ImageShape) =>
  (box.rowStart * width + box.columnStart) * channels + box.channelStart;

const reflectedStarts = (box: ScalarBox, [height, width, channels]: ImageShape) => [
  height - box.rowEnd,
  height - box.rowStart,
  width - box.columnEnd,
  width - box.columnStart,
  channels - box.channelEnd,
];

const compare = (a: readonly number[], b: readonly number[]) =>
  a.map((value, index) => value - b[index]!).find((d) => d !== 0) ?? 0;
