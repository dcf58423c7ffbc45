import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { onLiveBackend } from '../../backend/index.js';
import { isSpineError, SpineError } from '../../errors.js';
import { modelWeights, type NamedArrays } from '../../weights/index.js';
import type { SavedStage, StageHistory, StageProgress } from '../loop/index.js';
import { writeVariables, type Plan } from '../plan/index.js';
import { readCheckpoint, writeCheckpoint } from './checkpointFile.js';
import { checkSameRun, type RunIdentity } from './identity.js';
import type { CheckpointOptions } from './options.js';
import { differingSums, sumsOf, type WeightSum } from './weightSums.js';
import { flatLayers } from '../../network/index.js';

/** The one entry of the store: written anew each time, so that the one before stays until the new one is whole. */
const entry = 'checkpoint.safetensors';

/** An entry that is there for a moment only. */
const trial = 'checkpoint-trial';

/** Raised whenever what is saved gets another meaning. */
const format = 3;

/** The plain part of a checkpoint. */
interface CheckpointState {
  readonly format: number;
  readonly identity: RunIdentity;
  /** What tfjs ran on. */
  readonly backend: string;
  /** Stages done, `onStage` included. */
  readonly finished: readonly StageHistory<string>[];
  /** How far the stage after these is; absent if it has not ended an epoch. */
  readonly progress?: StageProgress;
  /** Of the weights that no stage up to this one changes, in the order of the model. */
  readonly untouched: readonly WeightSum[];
}

/** Weights of a model as checkpoints name them. */
interface OwnWeight {
  readonly name: string;
  readonly variable: tfl.LayerVariable;
}

export interface CheckpointerOptions extends Required<CheckpointOptions> {
  readonly model: tfl.LayersModel;
  readonly plans: readonly Plan[];
  readonly identity: RunIdentity;
}

/** Writes the checkpoints of one run, and knows where an earlier process left it. */
export class Checkpointer {
  private readonly weights: readonly OwnWeight[];
  private saved: { readonly progress: StageProgress; readonly arrays: NamedArrays } | undefined;
  private untouched: { readonly stage: number; readonly sums: readonly WeightSum[] } | undefined;

  /** Stages that the earlier process finished; their results are in the model. */
  finished: readonly StageHistory<string>[] = [];

  private constructor(private readonly options: CheckpointerOptions) {
    const variables = flatLayers(options.model).flatMap(({ weights }) => weights);
    this.weights = modelWeights(options.model).map(({ name }, index) => ({ name, variable: variables[index]! }));
  }

  /**
   * Reads the store, and sets the model to what an earlier process made of it in stages that it finished.
   *
   * @throws SpineError `checkpoint-mismatch` if the checkpoint is of another run; `checkpoint-format` if it is damaged.
   */
  static async open(options: CheckpointerOptions): Promise<Checkpointer> {
    const checkpointer = new Checkpointer(options);
    await checkpointer.resume();
    return checkpointer;
  }

  /** How far the stage is that comes after the finished ones. */
  get progress(): StageProgress | undefined {
    return this.saved?.progress;
  }

  /** The state of that stage, to go on from; the tensors are the caller's. Once. */
  takeStage(): SavedStage | undefined {
    const { saved } = this;
    this.saved = undefined;
    return saved && { progress: saved.progress, tensors: tensorsOf(saved.arrays, 'stage/') };
  }

  /** Writes a checkpoint after an epoch of a stage, if it is its turn. */
  async saveEpoch(finished: readonly StageHistory<string>[], saved: () => SavedStage): Promise<void> {
    const { progress, tensors } = saved();
    if (progress.epochs.length % this.options.every !== 0) return;
    const stage = finished.length;
    const own = new Set(this.options.plans[stage]?.changing);
    await this.write(
      finished,
      progress,
      new Map([
        ...this.changedIn(stage - 1)
          .filter(({ variable }) => !own.has(variable))
          .map(namedTensor),
        ...[...tensors].map(([name, tensor]): [string, tf.Tensor] => [`stage/${name}`, tensor]),
      ]),
    );
  }

  /** Writes a checkpoint after a stage: its weights are final, and nothing else of it is needed any more. */
  async saveStage(finished: readonly StageHistory<string>[]): Promise<void> {
    await this.write(finished, undefined, new Map(this.changedIn(finished.length - 1).map(namedTensor)));
  }

  private async resume(): Promise<void> {
    const { store, identity } = this.options;
    const where = `The checkpoint ${entry} in ${store.place}`;
    const bytes = await store.read(entry);
    if (!bytes) return this.tryStore();
    const { state, tensors } = await readWhole(bytes, where);
    checkSameRun(state.identity, identity, where);

    const stage = state.finished.length - (state.progress ? 0 : 1);
    this.untouched = { stage, sums: await this.sumsAfter(stage) };
    this.checkUntouched(state, stage, where);
    const earlier = tensorsOf(tensors, 'model/');
    try {
      for (const { name, variable } of this.changedIn(state.finished.length - 1)) {
        const tensor = earlier.get(name);
        if (tensor) writeVariables([variable], [tensor]);
      }
    } finally {
      tf.dispose([...earlier.values()]);
    }
    this.finished = state.finished;
    this.saved = state.progress && { progress: state.progress, arrays: tensors };
  }

  /** A place that cannot be written to is better known now than after the first epoch. */
  private async tryStore(): Promise<void> {
    const { store } = this.options;
    await store.write(trial, new Uint8Array(1), { durable: false });
    await store.remove(trial);
  }

  private checkUntouched(state: CheckpointState, stage: number, where: string): void {
    const differing = differingSums(
      state.untouched,
      this.untouched?.sums ?? [],
      state.backend === tf.getBackend() ? state.backend : undefined,
    );
    if (differing.length === 0) return;
    const changed = new Set(this.changedIn(stage));
    const names = this.weights.filter((weight) => !changed.has(weight)).map(({ name }) => name);
    const some = differing
      .slice(0, 3)
      .map((index) => names[index])
      .join(', ');
    throw new SpineError(
      'checkpoint-mismatch',
      `${where} belongs to a model with other initial weights: ${differing.length} of ${names.length} that training had not changed yet differ (${some}${differing.length > 3 ? ', …' : ''}). Build the model anew, with the same seed and the same weights, before fineTune goes on: a run that is stopped leaves its model in the middle of a stage.`,
      { details: { weights: differing.map((index) => names[index]!) } },
    );
  }

  /** The weights that stages up to this one may change, in the order of the model. */
  private changedIn(lastStage: number): readonly OwnWeight[] {
    const changing = new Set(this.options.plans.slice(0, lastStage + 1).flatMap((plan) => plan.changing));
    return this.weights.filter(({ variable }) => changing.has(variable));
  }

  private async sumsAfter(stage: number): Promise<WeightSum[]> {
    const changed = new Set(this.changedIn(stage));
    return onLiveBackend(() =>
      sumsOf(this.weights.filter((weight) => !changed.has(weight)).map(({ variable }) => variable.read())),
    );
  }

  private async write(
    finished: readonly StageHistory<string>[],
    progress: StageProgress | undefined,
    tensors: ReadonlyMap<string, tf.Tensor>,
  ): Promise<void> {
    const { store, identity } = this.options;
    const stage = finished.length - (progress ? 0 : 1);
    if (this.untouched?.stage !== stage) this.untouched = { stage, sums: await this.sumsAfter(stage) };
    const state: CheckpointState = {
      format,
      identity,
      backend: tf.getBackend(),
      finished,
      ...(progress && { progress }),
      untouched: this.untouched.sums,
    };
    // What a lost backend reads as zeros must not replace what was good.
    await store.write(entry, await onLiveBackend(() => writeCheckpoint({ state, tensors })));
  }
}

async function readWhole(bytes: Uint8Array, where: string): Promise<{ state: CheckpointState; tensors: NamedArrays }> {
  const fail = (reason: string, cause?: unknown): never => {
    throw new SpineError(
      'checkpoint-format',
      `${where} cannot be read: ${reason}. Put back a copy of it, or remove it to begin the run anew.`,
      { cause },
    );
  };
  try {
    const { state, tensors } = await readCheckpoint(bytes);
    const { format: written } = state as CheckpointState;
    if (written !== format)
      return fail(`it is of format ${String(written)}, and this version of spine-xray-ml reads format ${format}`);
    return { state: state as CheckpointState, tensors };
  } catch (cause) {
    if (isSpineError(cause, 'checkpoint-format')) throw cause;
    return fail(cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause), cause);
  }
}

const namedTensor = ({ name, variable }: OwnWeight): [string, tf.Tensor] => [`model/${name}`, variable.read()];

/** Tensors of the arrays whose names begin so, under the rest of their names. */
function tensorsOf(arrays: NamedArrays, prefix: string): Map<string, tf.Tensor> {
  const own = [...arrays].filter(([name]) => name.startsWith(prefix));
  return new Map(
    own.map(([name, { data, shape }]) => [
      name.slice(prefix.length),
      tf.tensor(data as Float32Array, shape, 'float32'),
    ]),
  );
}
