import { parseArgs } from 'node:util';
import { backboneNames, SpineError, type BackboneName, type BackboneVariant } from 'spine-xray-ml';
import { whole } from './wholeNumber.js';

/** What the command line asked for. */
export interface CompareOptions {
  readonly data: string | undefined;
  readonly weights: string | undefined;
  readonly backbones: readonly BackboneName[] | undefined;
  readonly variant: BackboneVariant | undefined;
  readonly total: number | undefined;
  readonly seed: number;
  readonly backend: string;
  readonly threads: number | undefined;
  readonly out: string;
}

const help = `Usage: npm run compare -- [options]

  --data <folder>       films, one folder per class (default: synthetic phantoms)
  --weights <where>     with --data: a folder of weight files, one file, or official for those of Keras and torchvision
  --backbones <a,b>     which (default: the paper's five with --data, four small ones without)
  --variant <whose>     keras or torch: whose definition of the backbones, and of --weights official (default: each one's
                        first); a backbone that is defined otherwise only stays so
  --total <n>           training films after augmentation, never fewer than before (default: 100; with --data 500, on tensorflow 3500)
  --seed <integer>      seed of everything drawn (default 1)
  --backend <name>      wasm (default), cpu, or tensorflow where @tensorflow/tfjs-node is installed
  --threads <n>         of the wasm backend, as many as there are processors (default: one)
  --out <folder>        where results go (default out/compare)
  --help                this text`;

export function readCompareOptions(): CompareOptions {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      weights: { type: 'string' },
      backbones: { type: 'string' },
      variant: { type: 'string' },
      total: { type: 'string' },
      seed: { type: 'string', default: '1' },
      backend: { type: 'string', default: 'wasm' },
      threads: { type: 'string' },
      out: { type: 'string', default: 'out/compare' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    process.exit(0);
  }
  const { data, weights, backbones, variant, total, seed, backend, threads, out } = values;
  if (weights !== undefined && data === undefined) {
    throw new SpineError(
      'invalid-argument',
      '--weights belongs with --data: among the phantoms’ networks Xception alone knows something, and brings it.',
    );
  }
  return {
    data,
    weights,
    backbones: backbones?.split(',').map(known),
    variant: variant === undefined ? undefined : whose(variant),
    total: total === undefined ? undefined : whole('--total', total),
    seed: whole('--seed', seed),
    backend,
    threads: threads === undefined ? undefined : whole('--threads', threads),
    out,
  };
}

function known(name: string): BackboneName {
  if ((backboneNames as readonly string[]).includes(name)) return name as BackboneName;
  throw new SpineError('invalid-argument', `--backbones names some of ${backboneNames.join(', ')}; got "${name}".`);
}

function whose(variant: string): BackboneVariant {
  if (variant === 'keras' || variant === 'torch') return variant;
  throw new SpineError('invalid-argument', `--variant is keras or torch; got "${variant}".`);
}
