/**
 * How long it takes to read 90 MB of weights, and how much memory beyond what the process has before, by format. Each
 * file, or the folder of a tfjs model, is made in a temporary folder, in a process of its own, and read in another.
 *
 *   npx tsx bench/weights.ts
 *
 * Prints JSON lines. The memory is the peak of the resident set, file and h5wasm included, in sizes of the file.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { zipSync } from 'fflate';
import { ready, File } from 'h5wasm';
import { ndarrayOf, createRandom, readKerasH5, readKerasV3, readSafetensors, type NamedArrays } from 'spine-xray-ml';
import { readTfjsLayers, readTorchCheckpoint, writeSafetensors } from 'spine-xray-ml/weights';
import { folderHandler } from 'spine-xray-ml/node';

const layers = 30;
/** Three million bytes each, as the larger kernels of Xception. */
const shape = [1, 1, 1000, 750];
const values = layers * shape.reduce((product, side) => product * side);
const fileBytes = 4 * values;

/** By name; what gives no bytes has written itself. */
const makers: Readonly<Record<string, (path: string) => Uint8Array | Promise<Uint8Array | undefined>>> = {
  'weights.safetensors': safetensors,
  'legacy.h5': legacy,
  'model.weights.h5': recent,
  'model.keras': keras,
  'state.pth': torch,
  'model.json with shards': tfjs,
};

const [task, file = ''] = process.argv.slice(2);
if (task === 'make') await make(file);
else if (task === 'measure') await measure(file);
else main();

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'spine-weights-'));
  try {
    for (const name of Object.keys(makers)) {
      const path = join(folder, name);
      // A process inherits the peak of the one that starts it, so this one must stay small.
      run('make', path);
      process.stdout.write(run('measure', path));
      rmSync(path, { recursive: true });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(task: string, path: string): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', process.argv[1]!, task, path], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

async function make(path: string): Promise<void> {
  const bytes = await makers[basename(path)]?.(path);
  if (bytes) writeFileSync(path, bytes);
}

async function measure(path: string): Promise<void> {
  const kind = basename(path);
  const before = process.memoryUsage.rss();
  const start = performance.now();
  const weights = await read(path, kind);
  const seconds = (performance.now() - start) / 1000;
  const found = [...weights.values()].reduce((sum, { size }) => sum + size, 0);
  if (found !== values) throw new Error(`${found} values were read`);
  const peak = process.resourceUsage().maxRSS * 1024;
  const figure = (what: string, value: number, unit: string) =>
    console.log(JSON.stringify({ name: `weights/${kind}: ${what}`, value: Number(value.toFixed(2)), unit }));
  figure('read 90 MB', seconds, 's');
  figure('peak memory', (peak - before) / fileBytes, 'times the file');
}

async function read(path: string, kind: string): Promise<NamedArrays> {
  if (kind.startsWith('model.json')) return readTfjsLayers(folderHandler(path));
  const bytes = readFileSync(path);
  if (kind.endsWith('.safetensors')) return readSafetensors(bytes);
  if (kind.endsWith('.pth')) return readTorchCheckpoint(bytes);
  return kind.endsWith('.keras') ? readKerasV3(bytes) : readKerasH5(bytes);
}

function* kernels(): Generator<readonly [string, Float32Array]> {
  const random = createRandom(1, 'weights');
  const kernel = Float32Array.from({ length: values / layers }, () => random.normal());
  for (let layer = 0; layer < layers; layer++) yield [`layer${layer}`, kernel];
}

function safetensors(): Uint8Array {
  return writeSafetensors(
    new Map([...kernels()].map(([name, kernel]) => [`${name}/kernel`, ndarrayOf(kernel, shape)])),
  );
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
  const config = {
    class_name: 'Functional',
    config: { name: 'model', layers: [...kernels()].map(([name]) => ({ class_name: 'Conv2D', config: { name } })) },
  };
  return zipSync(
    { 'config.json': new TextEncoder().encode(JSON.stringify(config)), 'model.weights.h5': await recent() },
    { level: 0 },
  );
}

/**
 * As torch.save writes a state dict: a pickle that names storages, and each storage beside it. torch aligns these in the
 * file; here they lie anywhere, so that each is copied, which is the most that it may take.
 */
function torch(): Uint8Array {
  const text = (value: string) =>
    Uint8Array.of(0x58, ...new Uint8Array(Uint32Array.of(value.length).buffer), ...new TextEncoder().encode(value));
  const whole = (value: number) => Uint8Array.of(0x4a, ...new Uint8Array(Int32Array.of(value).buffer));
  const opcodes = (codes: string) => new TextEncoder().encode(codes);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1));
  const pickle: Uint8Array[] = [Uint8Array.of(0x80, 2, 0x7d)];
  const storages: Record<string, Uint8Array> = {};
  for (const [index, [name, { buffer, length }]] of [...kernels()].entries()) {
    pickle.push(
      text(`${name}.weight`),
      opcodes('ctorch._utils\n_rebuild_tensor_v2\n(('),
      text('storage'),
      opcodes('ctorch\nFloatStorage\n'),
      text(String(index)),
      text('cpu'),
      whole(length),
      opcodes('tQ'),
      whole(0),
    );
    for (const sides of [shape, strides]) pickle.push(opcodes('('), ...sides.map(whole), opcodes('t'));
    pickle.push(Uint8Array.of(0x89), opcodes('}tRs'));
    storages[`archive/data/${index}`] = new Uint8Array(buffer);
  }
  return zipSync({ 'archive/data.pkl': Buffer.concat([...pickle, opcodes('.')]), ...storages }, { level: 0 });
}

/** A folder with `model.json` and shards of 4 MB. */
async function tfjs(path: string): Promise<undefined> {
  const weightSpecs = [...kernels()].map(([name]) => ({ name: `${name}/kernel`, shape, dtype: 'float32' as const }));
  const weightData = new Uint8Array(fileBytes);
  for (const [index, [, kernel]] of [...kernels()].entries())
    weightData.set(new Uint8Array(kernel.buffer), index * kernel.byteLength);
  await folderHandler(path).save?.({ modelTopology: {}, weightSpecs, weightData: weightData.buffer });
}

async function hdf5(fill: (root: File) => void): Promise<Uint8Array> {
  const { FS } = await ready;
  const made = new File('/made.h5', 'w');
  fill(made);
  made.close();
  return FS.readFile('/made.h5');
}
