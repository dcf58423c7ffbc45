/**
 * Compares every backbone at full size with the framework that defines it: the framework saves random weights in each of
 * its formats, they are read and loaded here, and outputs at three depths must agree to 1e-4 of their spread, on each
 * backend: cpu on 96×96 pixels (it is slow), the others on 224×224.
 *
 *   npm run test:full -- --keras <python with keras> --torch <python with torch, torchvision, timm> [--only a,b] [--backends wasm]
 *
 * What each Python needs is said in test/golden/full_backbones.py. Without one of them, its part is left out, with a line.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  buildBackbone,
  loadWeights,
  readWeights,
  useBackend,
  type BackboneName,
  type BackboneVariant,
} from 'spine-xray-ml';
import { startBackend } from '../examples/support/backend.js';
import { deviations, type Activation } from '../test/support/formula.js';

const { values: options } = parseArgs({
  options: {
    keras: { type: 'string' },
    torch: { type: 'string' },
    only: { type: 'string' },
    backends: { type: 'string', default: 'cpu,wasm,tensorflow' },
  },
});
const tolerance = 1e-4;
const sideOn = (backend: string) => (backend === 'cpu' ? 96 : 224);
/** What lies behind the feature maps in torch's networks. */
const heads = /^(classifier|fc|head|head_fc|pre_logits|last_linear)\./;

interface Made {
  readonly variant: BackboneVariant;
  readonly files: readonly string[];
  readonly references: Readonly<Record<string, Readonly<Record<string, Activation>>>>;
}

const backends = await available(options.backends.split(','));
const scratch = mkdtempSync(path.join(tmpdir(), 'spine-xray-ml-full-'));
let failures = 0;
try {
  for (const [framework, python] of [
    ['keras', options.keras],
    ['torchvision', options.torch],
    ['timm', options.torch],
  ] as const) {
    if (python === undefined) {
      console.log(`– ${framework}: skipped, since --${framework === 'keras' ? 'keras' : 'torch'} names no Python`);
      continue;
    }
    const names = run<readonly BackboneName[]>(python, framework);
    for (const name of names.filter((each) => options.only?.split(',').includes(each) ?? true)) {
      const made = run<Made>(python, framework, name, ...new Set(backends.map((backend) => String(sideOn(backend)))));
      for (const file of made.files) await compare(framework, name, file, made);
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(failures === 0 ? 'all as expected' : `${failures} differ`);
process.exitCode = failures === 0 ? 0 : 1;

async function available(names: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of names) {
    try {
      found.push(await startBackend(name));
    } catch (error) {
      console.log(`– ${name}: skipped. ${(error as Error).message}`);
    }
  }
  return found;
}

function run<T>(python: string, ...args: readonly string[]): T {
  const { stdout, stderr } = spawnSync(python, ['test/golden/full_backbones.py', scratch, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const line = stdout.split('\n').find((each) => each.startsWith('RESULT '));
  if (line === undefined) throw new Error(`${args.join(' ')} failed in Python:\n${stderr.slice(-2000)}`);
  return JSON.parse(line.slice('RESULT '.length)) as T;
}

async function compare(
  framework: string,
  name: BackboneName,
  file: string,
  { variant, references }: Made,
): Promise<void> {
  const bytes = readFileSync(path.join(scratch, file));
  const began = performance.now();
  const weights = await readWeights(bytes);
  const seconds = (performance.now() - began) / 1000;
  rmSync(path.join(scratch, file));
  const results: string[] = [];
  for (const backend of backends) {
    await useBackend(backend);
    const side = sideOn(backend);
    const model = buildBackbone(name, {
      classes: 2,
      seed: 1,
      variant,
      head: false,
      inputShape: [side, side, 3],
      inputRange: [0, 1],
    });
    const report = loadWeights(model, weights, { strict: false });
    const strange = [...report.missing, ...report.unexpected.filter((key) => !heads.test(key))];
    const found = [...(await deviations(model, side, references[side] ?? {})).values()];
    model.dispose();
    const largest = Math.max(...found);
    const isGood = strange.length === 0 && found.length === 3 && largest < tolerance;
    if (!isGood) failures++;
    results.push(
      `${backend} ${largest.toExponential(1)}${isGood ? '' : ' ✗'}${strange.length > 0 ? ` (${strange.slice(0, 3).join(', ')})` : ''}`,
    );
  }
  console.log(
    `${framework} ${name}: ${file}, ${(bytes.length / 1e6).toFixed(0)} MB read in ${seconds.toFixed(2)} s: ${results.join(', ')}`,
  );
}
