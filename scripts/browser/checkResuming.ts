import type { Page } from 'playwright-core';
import type { Attempt, Course, Resumed } from '../../test/browser/app/resuming.js';

type Check = (what: string, ok: boolean, detail?: string) => void;

/** Largest difference of losses and, as part of their size, of weights from those of a run on one backend: sums in another order. */
const tolerance = 1e-3;

/** Stages, epochs and batches of the page's run. */
const whole = [
  ['head', 2],
  ['last', 4],
].flatMap(([stage, epochs]) =>
  range(epochs as number).flatMap((epoch) => range(6).map((batch) => `${stage} ${epoch} ${batch}`)),
);

const courses: readonly Course[] = [
  { first: 'webgl', losses: ['after a batch'], after: 'build', keepsFrozen: true },
  { first: 'webgl', losses: ['while a checkpoint is written'], after: 'load', keepsFrozen: false },
  { first: 'webgpu', losses: ['while work is under way'], after: 'build', keepsFrozen: true },
  { first: 'webgpu', losses: ['after a batch', 'while a film is read'], after: 'build', keepsFrozen: false },
];

/** Takes backends away in the middle of a run with checkpoints in the browser's database, and lets it go on elsewhere. */
export async function checkResuming(page: Page, check: Check): Promise<void> {
  // Nothing that an earlier check lost: each course has new backends.
  const run = async (course: Course): Promise<Resumed> => {
    await page.reload();
    await page.waitForFunction(() => window.resume !== undefined);
    const end = setTimeout(() => void page.reload(), 120_000);
    try {
      return (await page.evaluate((given) => window.resume?.(given), course))!;
    } finally {
      clearTimeout(end);
    }
  };
  const references = new Map<string, Resumed>();
  for (const course of courses) {
    const what = `${course.first} lost ${course.losses.join(', and the next ')}`;
    try {
      const resumed = await run(course);
      const last = resumed.attempts.at(-1)?.backend ?? '';
      const reference =
        references.get(last) ?? (await run({ first: last, losses: [], after: 'build', keepsFrozen: true }));
      references.set(last, reference);
      checkCourse(what, course, resumed, reference, check);
    } catch (error) {
      check(`${what}: ${error instanceof Error ? error.message : String(error)}`, false);
    }
  }
}

function checkCourse(
  what: string,
  { losses: wanted }: Course,
  { attempts, ...resumed }: Resumed,
  reference: Resumed,
  check: Check,
): void {
  const lost = attempts.slice(0, -1);
  check(
    `${what}: each ends in an error that names itself`,
    lost.length === wanted.length &&
      lost.every(({ backend, error }) => error?.startsWith(`backend-lost: The backend "${backend}" is gone`)),
    lost.map(({ error }) => error).join('; '),
  );

  const gone = (index: number) => lost.slice(0, index + 1).map(({ backend }) => backend);
  const isPassedOver = lost.every(({ report }, index) =>
    gone(index).every((name) =>
      report?.candidates.some(
        (candidate) => candidate.name === name && !candidate.usable && candidate.reason.startsWith('It is gone'),
      ),
    ),
  );
  const isNext = lost.every(
    ({ report }, index) =>
      report?.chosen === attempts[index + 1]?.backend && !gone(index).includes(report?.chosen ?? ''),
  );
  check(
    `${what}: the next best one is chosen`,
    isPassedOver && isNext,
    attempts.map(({ backend }) => backend).join(', then '),
  );

  // Epochs in the checkpoint are not trained again; the one that was cut off is, from its beginning.
  let expected = whole;
  const isExact = attempts.every(({ batches, kept, report }) => {
    const trained = report ? expected.slice(0, batches.length) : expected;
    const ok = batches.length > 0 && batches.join() === trained.join();
    expected = expected.slice(kept * 6);
    return ok;
  });
  check(
    `${what}: trains what is left and nothing else`,
    isExact,
    attempts.map(({ batches }) => `${batches[0]} to ${batches.at(-1)}`).join('; '),
  );

  const reported = attempts.flatMap(({ epochs, kept }) => epochs.slice(0, kept));
  const fields = (log: string) => JSON.stringify(Object.entries(JSON.parse(log) as object).sort());
  check(
    `${what}: the history has each epoch once, as it was reported`,
    resumed.epochs.length === 6 && resumed.epochs.map(fields).join() === reported.map(fields).join(),
    resumed.epochs.map((log) => (JSON.parse(log) as { loss: number }).loss.toFixed(4)).join(),
  );
  check(
    `${what}: the best epoch is that of a run on one backend`,
    resumed.bestEpochs.join() === reference.bestEpochs.join(),
    `${resumed.bestEpochs.join()} and ${reference.bestEpochs.join()}`,
  );

  const losses = (logs: readonly string[]) =>
    logs.flatMap((log) => {
      const { loss, validationLoss } = JSON.parse(log) as { loss: number; validationLoss: number };
      return [loss, validationLoss];
    });
  const others = losses(reference.epochs);
  const away = Math.max(...losses(resumed.epochs).map((loss, index) => Math.abs(loss - (others[index] ?? NaN))));
  check(`${what}: losses as of a run on ${attempts.at(-1)?.backend} alone`, away < tolerance, away.toExponential(1));
  const distance = relativeDistance(resumed.weights, reference.weights);
  check(
    `${what}: weights as of a run on ${attempts.at(-1)?.backend} alone`,
    distance < tolerance,
    distance.toExponential(1),
  );
  check(
    `${what}: leaks no tensor`,
    attempts.every(({ leakedTensors }) => leakedTensors === 0) && resumed.leftTensors === 0,
    [...attempts.map(({ leakedTensors }: Attempt) => leakedTensors), resumed.leftTensors].join(),
  );
  check(
    `${what}: the database holds the checkpoint and nothing else`,
    attempts.every(({ entries }) => entries.join() === 'checkpoint.safetensors'),
  );
}

/** Largest distance between equally named weights, in the Euclidean norm, as part of their size. */
function relativeDistance(a: Resumed['weights'], b: Resumed['weights']): number {
  const names = Object.keys(b);
  if (names.length === 0 || Object.keys(a).join() !== names.join()) return NaN;
  return Math.max(
    ...names.map((name) => {
      const [own, other] = [a[name] ?? [], b[name] ?? []];
      return (
        Math.hypot(...other.map((value, index) => value - (own[index] ?? NaN))) / Math.max(Math.hypot(...other), 1e-2)
      );
    }),
  );
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
