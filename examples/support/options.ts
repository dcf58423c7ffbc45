import { parseArgs } from 'node:util';
import { SpineError } from 'spine-xray-ml';
import { whole } from './wholeNumber.js';

/** What the command line asked for. */
export interface Options {
  readonly data: string | undefined;
  readonly weights: string | undefined;
  readonly classes: readonly string[] | undefined;
  readonly seed: number;
  readonly total: number | undefined;
  readonly backend: string;
  readonly threads: number | undefined;
  readonly out: string;
  readonly predict: string | undefined;
  readonly model: string | undefined;
  readonly onError: 'throw' | 'skip';
}

const help = `Usage: npm run quickstart -- [options]

  --data <folder>       films, one folder per class (default: synthetic phantoms)
  --weights <file>      ImageNet weights of Xception as safetensors in Keras's names (with --data)
  --classes <a,b>       only these classes (default: all)
  --seed <integer>      seed of everything drawn (default 1)
  --total <n>           training films after augmentation (default: as far as the backend's speed carries)
  --backend <name>      wasm (default), cpu, or tensorflow where @tensorflow/tfjs-node is installed
  --threads <n>         of the wasm backend, as many as there are processors (default: one)
  --out <folder>        where results go (default out/quickstart)
  --predict <folder>    classify every image in the folder and its subfolders; without --data nothing is trained
  --model <folder>      the model to predict with (default: the one in the results)
  --on-error <what>     throw (default) at an unreadable film, or skip it and go on
  --help                this text`;

export function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      weights: { type: 'string' },
      classes: { type: 'string' },
      seed: { type: 'string', default: '1' },
      total: { type: 'string' },
      backend: { type: 'string', default: 'wasm' },
      threads: { type: 'string' },
      out: { type: 'string', default: 'out/quickstart' },
      predict: { type: 'string' },
      model: { type: 'string' },
      'on-error': { type: 'string', default: 'throw' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    process.exit(0);
  }
  const onError = values['on-error'];
  if (onError !== 'throw' && onError !== 'skip')
    throw new SpineError('invalid-argument', `--on-error is throw or skip, got ${onError}.`);
  if (values.weights !== undefined && values.data === undefined) {
    throw new SpineError(
      'invalid-argument',
      '--weights belongs with --data: the phantoms come with weights of their own.',
    );
  }
  if (values.model !== undefined && values.predict === undefined) {
    throw new SpineError('invalid-argument', '--model belongs with --predict: say what to classify.');
  }
  const classes = values.classes?.split(',');
  if (classes !== undefined && (classes.length < 2 || new Set(classes).size !== classes.length)) {
    throw new SpineError(
      'invalid-argument',
      `--classes names two or more different classes, separated by commas, got "${values.classes ?? ''}".`,
    );
  }
  return {
    data: values.data,
    weights: values.weights,
    classes,
    seed: whole('--seed', values.seed),
    total: values.total === undefined ? undefined : whole('--total', values.total),
    backend: values.backend,
    threads: values.threads === undefined ? undefined : whole('--threads', values.threads),
    out: values.out,
    predict: values.predict,
    model: values.model,
    onError,
  };
}
