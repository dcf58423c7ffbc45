import type { PartitionNode } from './partition.js';
import { PriorityQueue } from './queue.js';
import { join, type Region } from './region.js';

/** What is needed to spread the difference of two outputs over a partition tree. */
export interface OwenProblem {
  readonly tree: PartitionNode;
  /** Outputs [k] of the image with everything masked. */
  readonly base: Float64Array;
  /** Outputs [k] of the whole image. */
  readonly full: Float64Array;
  /** Outputs [k] with each region kept and the rest masked, in the order of the regions. */
  readonly evaluate: (kept: readonly Region[]) => Promise<readonly Float64Array[]>;
  /** Evaluations after which nothing more is split; those of `base` and `full` count as two of them. */
  readonly maxEvaluations: number;
  readonly batchSize: number;
  readonly fixedContext: null | 0 | 1;
}

/** Credit [k] left on nodes of the tree: their own, not their children's. */
export type Credits = Map<PartitionNode, Float64Array>;

/** A node whose worth in a context is known and not yet divided between its children. */
interface Task {
  readonly node: PartitionNode;
  /** What is kept besides the node. */
  readonly context: Region;
  /** Outputs with the context alone, and with the node added to it. */
  readonly without: Float64Array;
  readonly within: Float64Array;
  /** Share of this context in the node's credit. */
  readonly weight: number;
}

/**
 * Owen values by the recursion of `shap.PartitionExplainer`: the worth of a node in a context is divided between its
 * two children by the outputs with the left one alone and with the right one alone, both measured without the other
 * (context 0) and with it (context 1), or in one of the two if `fixedContext` says which. The node whose outputs differ
 * most, times its weight, is divided first; among equals the one that entered the queue first, where SHAP tosses a
 * coin.
 *
 * @returns the credit of each node, and the number of evaluations the values rest on. Whatever the budget, the credits
 *   add up to full − base.
 */
export async function owenCredits(problem: OwenProblem): Promise<{ credits: Credits; evaluations: number }> {
  const { tree, base, full, fixedContext } = problem;
  const credits: Credits = new Map();
  const queue = new PriorityQueue<Task>();
  queue.push(0, { node: tree, context: null, without: base, within: full, weight: 1 });
  let evaluations = 2;

  while (queue.size > 0 && evaluations < problem.maxEvaluations) {
    const batch = takeBatch(queue, credits, problem, evaluations);
    if (batch.length === 0) break;
    const outputs = await problem.evaluate(batch.flatMap(({ leftKept, rightKept }) => [leftKept, rightKept]));
    evaluations += outputs.length;
    batch.forEach((split, index) => {
      const leftAlone = outputs[2 * index]!;
      const rightAlone = outputs[2 * index + 1]!;
      if (fixedContext !== null) creditInteraction(credits, split.task, leftAlone, rightAlone, fixedContext);
      for (const task of childTasks(split, leftAlone, rightAlone, fixedContext)) {
        queue.push(largestDifference(task) * task.weight, task);
      }
    });
  }

  for (let task = queue.pop(); task !== undefined; task = queue.pop()) creditWorth(credits, task);
  return { credits, evaluations };
}

/** A task whose children are about to be evaluated. */
interface Split {
  readonly task: Task;
  readonly left: PartitionNode;
  readonly right: PartitionNode;
  readonly leftKept: Region;
  readonly rightKept: Region;
}

/**
 * Takes nodes to split until batch or budget is full; a split costs two evaluations, so either may be passed by one.
 */
function takeBatch(
  queue: PriorityQueue<Task>,
  credits: Credits,
  { batchSize, maxEvaluations }: OwenProblem,
  evaluations: number,
): Split[] {
  const batch: Split[] = [];
  while (2 * batch.length < batchSize && evaluations + 2 * batch.length < maxEvaluations) {
    const task = queue.pop();
    if (task === undefined) break;
    if (task.node.isLeaf) {
      creditWorth(credits, task);
      continue;
    }
    const [left, right] = task.node.split();
    const leftKept = join(left.box, task.context);
    const rightKept = join(right.box, task.context);
    batch.push({ task, left, right, leftKept, rightKept });
  }
  return batch;
}

function childTasks(
  { task, left, right, leftKept, rightKept }: Split,
  leftAlone: Float64Array,
  rightAlone: Float64Array,
  fixedContext: null | 0 | 1,
): Task[] {
  const { context, without, within } = task;
  const weight = fixedContext === null ? task.weight / 2 : task.weight;
  const withoutSibling: Task[] = [
    { node: left, context, without, within: leftAlone, weight },
    { node: right, context, without, within: rightAlone, weight },
  ];
  const withSibling: Task[] = [
    { node: left, context: rightKept, without: rightAlone, within, weight },
    { node: right, context: leftKept, without: leftAlone, within, weight },
  ];
  if (fixedContext === null) return [...withoutSibling, ...withSibling];
  return fixedContext === 0 ? withoutSibling : withSibling;
}

/** What the children of a node do together and not alone stays with the node if only one context is measured. */
function creditInteraction(
  credits: Credits,
  { node, without, within, weight }: Task,
  leftAlone: Float64Array,
  rightAlone: Float64Array,
  fixedContext: 0 | 1,
): void {
  const sign = fixedContext === 0 ? 1 : -1;
  const credit = creditOf(credits, node, without.length);
  for (let k = 0; k < credit.length; k++) {
    credit[k]! += sign * (within[k]! - leftAlone[k]! - rightAlone[k]! + without[k]!) * weight;
  }
}

function creditWorth(credits: Credits, { node, without, within, weight }: Task): void {
  const credit = creditOf(credits, node, without.length);
  for (let k = 0; k < credit.length; k++) credit[k]! += (within[k]! - without[k]!) * weight;
}

function creditOf(credits: Credits, node: PartitionNode, outputs: number): Float64Array {
  let credit = credits.get(node);
  if (credit === undefined) {
    credit = new Float64Array(outputs);
    credits.set(node, credit);
  }
  return credit;
}

function largestDifference({ without, within }: Task): number {
  let largest = 0;
  for (let k = 0; k < without.length; k++) largest = Math.max(largest, Math.abs(within[k]! - without[k]!));
  return largest;
}
