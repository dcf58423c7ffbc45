/**
 * How long it takes to read 90 MB of weights, and how much memory beyond what the process has before, by format. Each
 * file is made in a temporary folder and read in a process of its own.
 *
 *   npx tsx bench/weights.ts
 *
 * Prints JSON lines. The memory is the peak of the resident set, file and h5wasm included, in sizes of the file.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { ready, File } from 'h5wasm';
import { array, createRandom, readKerasH5, readKerasV3, readSafetensors, writeSafetensors, type NamedArrays } from 'spine-xray-ml';

const layers = 30;
/** Three million bytes each, as the larger kernels of Xception. */
const shape = [1, 1, 1000, 750];

const [file] = process.argv.slice(2);
if (file === undefined) await main();
else await measure(file);

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'spine-weights-'));
  try {
    for (const [name, make] of Object.entries({ 'weights.safetensors': safetensors, 'legacy.h5': legacy, 'model.weights.h5': recent, 'model.keras': keras })) {
      const path = join(folder, name);
      writeFileSync(path, await make());
      const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', process.argv[1] as string, path], { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      process.stdout.write(stdout);
      rmSync(path);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(path: string): Promise<void> {
  const kind = path.replace(/^.*[/\\]/, '');
  const before = process.memoryUsage.rss();
  const start = performance.now();
  const bytes = readFileSync(path);
  const weights: NamedArrays = await (kind.endsWith('.safetensors') ? readSafetensors : kind.endsWith('.keras') ? readKerasV3 : readKerasH5)(bytes);
  const seconds = (performance.now() - start) / 1000;
  const values = [...weights.values()].reduce((sum, { size }) => sum + size, 0);
  if (values !== layers * shape.reduce((product, side) => product * side)) throw new Error(`${values} values were read`);
  const peak = process.resourceUsage().maxRSS * 1024;
  const figure = (what: string, value: number, unit: string) => console.log(JSON.stringify({ name: `weights/${kind}: ${what}`, value: Number(value.toFixed(2)), unit }));
  figure('read 90 MB', seconds, 's');
  figure('peak memory', (peak - before) / bytes.byteLength, 'times the file');
}

function* kernels(): Generator<readonly [string, Float32Array]> {
  const random = createRandom(1, 'weights');
  const values = Float32Array.from({ length: shape.reduce((product, side) => product * side) }, () => random.normal());
  for (let layer = 0; layer < layers; layer++) yield [`layer${layer}`, values];
}

function safetensors(): Uint8Array {
  return writeSafetensors(new Map([...kernels()].map(([name, values]) => [`${name}/kernel`, array(values, shape)])));
}

function legacy(): Promise<Uint8Array> {
  return hdf5((root) => {
    const names = [...kernels()].map(([name]) => name);
    root.create_attribute('layer_names', names);
    for (const [name, data] of kernels()) {
      const group = root.create_group(name);
      group.create_attribute('weight_names', [`${name}/kernel`]);
      group.create_group(name).create_dataset({ name: 'kernel', data, shape });
    }
  });
}

function recent(): Promise<Uint8Array> {
  return hdf5((root) => {
    const container = root.create_group('layers');
    for (const [index, [name, data]] of [...kernels()].entries()) {
      const variables = container.create_group(index === 0 ? 'conv2d' : `conv2d_${index}`).create_group('vars');
      variables.create_attribute('name', name);
      variables.create_dataset({ name: '0', data, shape });
    }
  });
}

async function keras(): Promise<Uint8Array> {
  const config = { class_name: 'Functional', config: { name: 'model', layers: [...kernels()].map(([name]) => ({ class_name: 'Conv2D', config: { name } })) } };
  return zipSync({ 'config.json': new TextEncoder().encode(JSON.stringify(config)), 'model.weights.h5': await recent() }, { level: 0 });
}

async function hdf5(fill: (root: File) => void): Promise<Uint8Array> {
  const { FS } = await ready;
  const made = new File('/made.h5', 'w');
  fill(made);
  made.close();
  return FS.readFile('/made.h5');
}
