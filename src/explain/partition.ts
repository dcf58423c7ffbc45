/** Sizes of an image: height, width, channels. */
export type ImageShape = readonly [height: number, width: number, channels: number];

/** A box of scalars of an image; starts are inside, ends are outside. */
export interface ScalarBox {
  readonly rowStart: number;
  readonly rowEnd: number;
  readonly columnStart: number;
  readonly columnEnd: number;
  readonly channelStart: number;
  readonly channelEnd: number;
}

/**
 * A node of the partition tree that SHAP's image masker makes: a box, halved along its longer side, and along its
 * channels once it is a single pixel. Nodes are made when they are first visited, since a 299×299×3 image has half a
 * million and an explanation sees a few hundred of them.
 */
export class PartitionNode {
  readonly box: ScalarBox;
  /** How many scalars (leaves of the tree) the box holds. */
  readonly leafCount: number;
  private halves: readonly [PartitionNode, PartitionNode] | undefined;

  constructor(box: ScalarBox) {
    this.box = box;
    this.leafCount = rowsOf(box) * columnsOf(box) * channelsOf(box);
  }

  /** Whether the node is a single scalar. */
  get isLeaf(): boolean {
    return this.leafCount === 1;
  }

  /** The children visited so far: none of a leaf, none before {@link split}. */
  get visitedChildren(): readonly PartitionNode[] {
    return this.halves ?? [];
  }

  /** The two children, SHAP's left one first. The node must not be a leaf. */
  split(): readonly [PartitionNode, PartitionNode] {
    this.halves ??= halve(this.box);
    return this.halves;
  }
}

/** The root of the partition tree of an image. */
export function partitionTree([height, width, channels]: ImageShape): PartitionNode {
  return new PartitionNode(wholeImage([height, width, channels]));
}

/** The box that holds a whole image. */
export function wholeImage([height, width, channels]: ImageShape): ScalarBox {
  return { rowStart: 0, rowEnd: height, columnStart: 0, columnEnd: width, channelStart: 0, channelEnd: channels };
}

/**
 * How many evaluations an explanation makes that goes down to every scalar: 2M with a fixed context, and
 * 2(M² − 1)/3 + 2 without one if M, the number of scalars, is a power of two.
 */
export function exactEvaluations(shape: ImageShape, fixedContext: null | 0 | 1): number {
  const contextsPerChild = fixedContext === null ? 2 : 1;
  const known = new Map<string, number>();
  // How a box is divided depends on its sides alone, and a halving makes few different sides.
  const splitsUnder = (node: PartitionNode): number => {
    if (node.isLeaf) return 0;
    const sides = [rowsOf(node.box), columnsOf(node.box), channelsOf(node.box)].join();
    const remembered = known.get(sides);
    if (remembered !== undefined) return remembered;
    const [left, right] = halve(node.box);
    const splits = 1 + contextsPerChild * (splitsUnder(left) + splitsUnder(right));
    known.set(sides, splits);
    return splits;
  };
  return 2 + 2 * splitsUnder(partitionTree(shape));
}

/**
 * SHAP numbers the leaves of its tree from the last scalar to the first, so its tree is the one that halves a point
 * reflection of the image: the left child, of floor(side / 2), lies at the *far* end.
 */
function halve(box: ScalarBox): [PartitionNode, PartitionNode] {
  const rows = rowsOf(box);
  const columns = columnsOf(box);
  if (rows >= columns && rows > 1) {
    const middle = box.rowEnd - Math.floor(rows / 2);
    return [new PartitionNode({ ...box, rowStart: middle }), new PartitionNode({ ...box, rowEnd: middle })];
  }
  if (columns > 1) {
    const middle = box.columnEnd - Math.floor(columns / 2);
    return [new PartitionNode({ ...box, columnStart: middle }), new PartitionNode({ ...box, columnEnd: middle })];
  }
  const middle = box.channelEnd - Math.floor(channelsOf(box) / 2);
  return [new PartitionNode({ ...box, channelStart: middle }), new PartitionNode({ ...box, channelEnd: middle })];
}

const rowsOf = (box: ScalarBox) => box.rowEnd - box.rowStart;
const columnsOf = (box: ScalarBox) => box.columnEnd - box.columnStart;
const channelsOf = (box: ScalarBox) => box.channelEnd - box.channelStart;
