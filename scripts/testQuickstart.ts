/**
 * Runs the quickstart as README says, for three seeds, and checks what it writes; then predicts a folder with its model,
 * and gives it wrong input; then compares two backbones. With SPINE_XRAY_DATA and SPINE_XRAY_WEIGHTS set, it runs on those films, too.
 *
 *   npm run test:quickstart
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { type Comparison } from 'spine-xray-ml';
import { isFinished } from 'spine-xray-ml/study';
import { exportFolders, folderHandler } from 'spine-xray-ml/node';
import { phantomDataset } from 'spine-xray-ml/phantom';
import { startBackend } from '../examples/support/backend.js';

const scratch = mkdtempSync(path.join(tmpdir(), 'spine-xray-ml-quickstart-'));
const problems: string[] = [];

function check(what: string, ok: boolean, detail = ''): void {
  console.log(`${ok ? '✓' : '✗'} ${what}${detail && ` (${detail})`}`);
  if (!ok) problems.push(what);
}

interface Result {
  readonly status: number | null;
  readonly output: string;
  readonly seconds: number;
}

const quickstart = (...args: string[]): Result => npmRun('quickstart', args);

function npmRun(script: string, args: readonly string[]): Result {
  const began = performance.now();
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', script, '--', ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return { status, output: stdout + stderr, seconds: Math.round((performance.now() - began) / 1000) };
}

interface Metrics {
  readonly test: { readonly accuracy: number; readonly n: number };
  readonly stages: readonly unknown[];
}

function checkRun(
  name: string,
  out: string,
  result: Result,
  wanted: { readonly accuracy: number; readonly n: number },
): void {
  check(`${name}: ends well`, result.status === 0, `${result.seconds} s`);
  if (result.status !== 0) {
    console.log(result.output.slice(-2000));
    return;
  }
  const { test, stages } = JSON.parse(readFileSync(path.join(out, 'metrics.json'), 'utf8')) as Metrics;
  check(
    `${name}: test accuracy at least ${wanted.accuracy}`,
    test.accuracy >= wanted.accuracy && test.n >= wanted.n,
    `${test.accuracy.toFixed(3)} of ${test.n}`,
  );
  check(`${name}: both stages`, stages.length === 2);
  for (const file of ['report.html', 'predictions.json', 'model/model.json'])
    check(`${name}: writes ${file}`, existsSync(path.join(out, file)));
}

try {
  for (const seed of ['1', '2', '3']) {
    const out = path.join(scratch, `seed-${seed}`);
    checkRun(`phantoms, seed ${seed}`, out, quickstart('--seed', seed, '--out', out), { accuracy: 0.9, n: 200 });
  }

  const out = path.join(scratch, 'seed-1');
  await startBackend('cpu');
  const model = await tfl.loadLayersModel(folderHandler(path.join(out, 'model')));
  check('the model loads in plain tfjs', (model.predict(tf.zeros([1, 224, 224, 3])) as tf.Tensor).shape[1] === 3);

  const folder = path.join(scratch, 'new');
  await exportFolders({ films: phantomDataset({ seed: 99, total: 12 }) }, folder);
  const predicted = quickstart('--predict', folder, '--out', out);
  check('predicts a folder', predicted.status === 0, `${predicted.seconds} s`);
  const rows = readFileSync(path.join(out, 'predict.csv'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  check(
    'predict.csv names file, predicted and the classes',
    rows[0]?.join() === 'file,predicted,normal,scoliosis,spondylolisthesis',
    rows[0]?.join(),
  );
  const right = rows.slice(1).filter(([file, label]) => file?.startsWith(`films/${label ?? ''}/`)).length;
  check('most of 12 new phantoms are told right', rows.length === 13 && right >= 9, `${right} of ${rows.length - 1}`);

  const missing = quickstart('--data', path.join(scratch, 'nowhere'), '--weights', 'nowhere.safetensors');
  check(
    'a missing file is one line, not a stack',
    missing.status === 1 && missing.output.trim().split('\n').length === 1,
    missing.output.trim(),
  );

  const compareOut = path.join(scratch, 'compare');
  const compared = npmRun('compare', ['--backbones', 'xception,mobilenet', '--out', compareOut]);
  check('compare: ends well', compared.status === 0, `${compared.seconds} s`);
  const { rows: comparedRows } = JSON.parse(
    readFileSync(path.join(compareOut, 'comparison.json'), 'utf8'),
  ) as Comparison;
  check('compare: two rows, both finished', comparedRows.length === 2 && comparedRows.every(isFinished));
  const known = comparedRows.find(isFinished)?.stages.at(-1)?.test.report.accuracy ?? NaN;
  check('compare: what knows phantoms tells new ones', known >= 0.8, known.toFixed(3));
  for (const file of ['report.html', 'table.md'])
    check(`compare: writes ${file}`, existsSync(path.join(compareOut, file)));

  const data = process.env['SPINE_XRAY_DATA'];
  const weights = process.env['SPINE_XRAY_WEIGHTS'];
  if (data === undefined || weights === undefined) {
    console.log('– films: skipped, since SPINE_XRAY_DATA and SPINE_XRAY_WEIGHTS are not set');
  } else {
    const filmsOut = path.join(scratch, 'films');
    checkRun('films', filmsOut, quickstart('--data', data, '--weights', weights, '--out', filmsOut), {
      accuracy: 0.85,
      n: 20,
    });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

console.log(problems.length === 0 ? 'all as expected' : `${problems.length} not as expected: ${problems.join('; ')}`);
process.exitCode = problems.length === 0 ? 0 : 1;
