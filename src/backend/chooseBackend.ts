import * as tf from '@tensorflow/tfjs-core';
import { SpineError } from '../errors.js';
import { abortSignal, oneOf, optionsOf, yesOrNo } from '../options.js';
import { activeBackend, currentBackend, packageOf, restoreBackend, useBackend } from './currentBackend.js';
import { onLiveBackend, whyLost } from './liveBackend.js';
import { ensureTrainingKernels, missingKernels, removeTrainingKernels, type BackendWork } from './kernels/index.js';
import { timedSamples, timeNetwork, testNetwork } from './selfTest/index.js';

/** Options of {@link chooseBackend}. */
export interface ChooseBackendOptions {
  /** Backends to take before all others, in this order, if they pass. Default: none. */
  readonly prefer?: string | readonly string[];
  /** What the backend must do. Default 'training', which includes 'inference'. */
  readonly require?: BackendWork;
  /** Whether to time those that pass, and rank them by that. Default false: by name. */
  readonly probe?: boolean;
  /** Whether the chosen one becomes the current backend. Default true; false leaves the one before. */
  readonly activate?: boolean;
  /** Ends the search between two backends; the promise rejects with `signal.reason`, the backend before is back. */
  readonly signal?: AbortSignal;
}

/** What {@link chooseBackend} does unless told otherwise. */
export const chooseBackendDefaults = {
  prefer: [],
  require: 'training',
  probe: false,
  activate: true,
} as const satisfies ChooseBackendOptions;

const isName = (given: unknown) => typeof given === 'string' && given !== '';

export const chooseBackendOptions = optionsOf<ChooseBackendOptions, typeof chooseBackendDefaults>(
  'chooseBackend',
  {
    prefer: {
      expects: 'the name of a backend or a list of names',
      accepts: (given) => isName(given) || (Array.isArray(given) && given.every(isName)),
    },
    require: oneOf('inference', 'training'),
    probe: yesOrNo,
    activate: yesOrNo,
    signal: abortSignal,
  },
  chooseBackendDefaults,
);

/** What was found of one backend. */
export interface BackendCandidate {
  readonly name: string;
  /** Whether it can do what is required. */
  readonly usable: boolean;
  /** Why, or why not: a sentence. */
  readonly reason: string;
  /** Kernels that the work needs and the backend lacks, after {@link ensureTrainingKernels}. */
  readonly missingKernels: readonly string[];
  /**
   * Largest relative error, in the Euclidean norm, of the outputs and gradients of a small network; infinite if a
   * number was none. Undefined if it did not come to that.
   */
  readonly worstError: number | undefined;
  /**
   * Time of a small network for 16 images, if it was to be timed and came to that. Of a very slow backend
   * it is estimated from one image.
   */
  readonly milliseconds: number | undefined;
}

/** Which backend was chosen, and why. Plain data. */
export interface BackendReport {
  /** The name of the chosen backend: that of the first candidate. */
  readonly chosen: string;
  readonly require: BackendWork;
  /** Every registered backend, and every preferred one: first those that can be used, best first. */
  readonly candidates: readonly BackendCandidate[];
}

/**
 * Graphics cards first, WebGPU's compute shaders before WebGL's pixel shaders; then native code of all cores, then
 * vectorized WebAssembly, then plain JavaScript. Others come after these, for nothing is known of them.
 */
const customaryOrder = ['webgpu', 'webgl', 'tensorflow', 'wasm', 'cpu'];

/** Right backends are off by some 1e-6; a wrong one by much more than this. */
const tolerance = 1e-3;
/** What is allowed where numbers are kept in half precision, which is enough to predict. */
const halfPrecisionTolerance = 2e-2;

let previousCall: Promise<unknown> = Promise.resolve();

/**
 * Chooses among the backends that the application registered, and makes the best one the current one (unless
 * `activate` is false). Each is started, asked for its kernels, and tried on a small network, forward and back, whose
 * results are compared with reference values: some graphics cards and drivers compute wrongly. With
 * `require: 'training'` the chosen one has the kernels of {@link ensureTrainingKernels}. Do not call it while a model
 * trains or predicts, since it switches tfjs's backend to and fro; of several calls at once, one waits for the other.
 *
 * @throws SpineError `backend-not-registered` if there is none; `backend-unfit`, with what was found of each, if none
 *   can do what is required, and then the backend before is back; `invalid-argument`.
 */
export function chooseBackend(options: ChooseBackendOptions = {}): Promise<BackendReport> {
  const result = previousCall.then(() => choose(options));
  previousCall = result.catch(() => undefined);
  return result;
}

async function choose(options: ChooseBackendOptions): Promise<BackendReport> {
  const { prefer, require: work, probe, activate, signal } = chooseBackendOptions.check(options);
  const preferred = [prefer].flat();
  signal?.throwIfAborted();
  if (tf.engine().backendNames().length === 0) currentBackend();

  const before = activeBackend();
  const supplied: string[] = [];
  let chosen: string | undefined;
  try {
    const found: BackendCandidate[] = [];
    for (const name of ranked(preferred)) {
      found.push(await examine(name, work, probe, supplied));
      signal?.throwIfAborted();
    }
    const candidates = sorted(found, preferred);
    const [best] = candidates;
    if (!best?.usable) throw unfit(work, candidates);
    chosen = best.name;
    return { chosen, require: work, candidates };
  } finally {
    await keepKernels(supplied, chosen);
    if (chosen !== undefined && activate) await useBackend(chosen);
    else await restoreBackend(before);
  }
}

function ranked(preferred: readonly string[]): string[] {
  const registered = tf.engine().backendNames();
  const known = customaryOrder.filter((name) => registered.includes(name));
  return [...new Set([...preferred, ...known, ...registered])];
}

/** The usable ones first: those preferred, then the others, by time if they were timed. */
function sorted(candidates: readonly BackendCandidate[], preferred: readonly string[]): BackendCandidate[] {
  const group = ({ usable, name }: BackendCandidate) => (usable ? (preferred.includes(name) ? 0 : 1) : 2);
  const time = (candidate: BackendCandidate) => (group(candidate) === 1 ? (candidate.milliseconds ?? 0) : 0);
  return candidates.toSorted((a, b) => group(a) - group(b) || time(a) - time(b));
}

/** Starts a backend and tries it. Adds its name to `supplied` if it got kernels of ours. */
async function examine(name: string, work: BackendWork, probe: boolean, supplied: string[]): Promise<BackendCandidate> {
  const finding = {
    name,
    usable: false,
    missingKernels: [] as string[],
    worstError: undefined as number | undefined,
    milliseconds: undefined as number | undefined,
  };
  const unusable = (reason: string): BackendCandidate => ({ ...finding, reason });
  if (!tf.engine().backendNames().includes(name))
    return unusable(`It is not registered. Import the package that registers it first: ${packageOf(name)}.`);
  const started = tf.engine().registry[name];
  const how = started && whyLost(started);
  if (how !== undefined) return unusable(`It is gone: ${how}. restartBackend("${name}") starts it anew.`);
  try {
    await useBackend(name);
  } catch (error) {
    return unusable(messageOf(error));
  }
  if (work === 'training' && ensureTrainingKernels().length > 0) supplied.push(name);
  finding.missingKernels = missingKernels(name, work);
  if (finding.missingKernels.length > 0)
    return unusable(`It lacks what ${work} needs: ${finding.missingKernels.join(', ')}.`);
  try {
    const { worst, of, isFloat32 } = await onLiveBackend(() => testNetwork(work));
    finding.worstError = worst;
    const problem = problemOf(worst, of, isFloat32, work);
    if (problem !== undefined) return unusable(problem);
    if (probe) finding.milliseconds = await onLiveBackend(() => timeNetwork(work));
    return { ...finding, usable: true, reason: praise(worst, isFloat32, work, finding.milliseconds) };
  } catch (error) {
    return unusable(`It failed at a small network: ${messageOf(error)}`);
  }
}

function problemOf(error: number, of: string, isFloat32: boolean, work: BackendWork): string | undefined {
  if (!isFloat32 && work === 'training') {
    return 'It keeps numbers in half precision, in which the small steps of training are lost. It may do for inference.';
  }
  if (error <= (isFloat32 ? tolerance : halfPrecisionTolerance)) return undefined;
  return `It computes wrongly: ${of} of a small network are off by ${error.toExponential(1)} of their size. The driver of the graphics card may be at fault.`;
}

function praise(error: number, isFloat32: boolean, work: BackendWork, milliseconds: number | undefined): string {
  const exactness = isFloat32 ? '' : ' It keeps numbers in half precision, so results are less exact.';
  const time =
    milliseconds === undefined
      ? ''
      : ` It takes about ${milliseconds.toFixed(1)} ms to do it for ${timedSamples} images.`;
  return `It has what ${work} needs and is right on a small network to ${error.toExponential(1)}.${exactness}${time}`;
}

function unfit(work: BackendWork, candidates: readonly BackendCandidate[]): SpineError {
  const reasons = candidates.map(({ name, reason }) => `${name}: ${reason}`).join(' ');
  return new SpineError('backend-unfit', `No backend can do ${work} here. ${reasons}`, { details: { candidates } });
}

/** Takes our kernels back from those that got them in this call, except for the chosen one. */
async function keepKernels(supplied: readonly string[], chosen: string | undefined): Promise<void> {
  const unwanted = supplied.filter((name) => name !== chosen);
  if (unwanted.length === 0) return;
  removeTrainingKernels();
  // Others may have had theirs before: a backend that was started gets them again, if it needs any.
  for (const name of Object.keys(tf.engine().registry)) {
    if (unwanted.includes(name)) continue;
    await useBackend(name);
    ensureTrainingKernels();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
