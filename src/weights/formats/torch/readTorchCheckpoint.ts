import { requireBytes } from '../../../arguments.js';
import type { NamedArrays } from '../../namedArrays.js';
import { fail } from './failure.js';
import { readPickle } from './pickle.js';
import { namedArrays, stateDictContext, type Storage } from './stateDict.js';
import { isZip, readStoredZip } from './torchZip.js';

/** `torch.serialization.MAGIC_NUMBER` and `PROTOCOL_VERSION`: how a file of torch before 1.6 begins. */
const magicNumber = 0x1950a86a20f9469cfc6cn;
const protocolVersion = 1001;

/**
 * Reads the tensors of a PyTorch state dict, as `torch.save(model.state_dict(), file)` writes it: the zip file of torch
 * since 1.6, or the sequence of pickles before. A training checkpoint that keeps it under `state_dict`, `model` or
 * `model_state_dict` will do. Names and axes are torch's; {@link loadWeights} gives them ours.
 *
 * A pickle may name any code to run. Here nothing is run: names that a state dict of plain tensors does not need are
 * refused. float16 and bfloat16 become float32, integers and booleans float64; an array may be strided, and arrays may
 * share memory, as the tensors did.
 *
 * @throws SpineError `weights-format` if the file is truncated, damaged, big-endian, or holds more than that.
 */
export function readTorchCheckpoint(bytes: Uint8Array): NamedArrays {
  requireBytes('readTorchCheckpoint', bytes);
  return namedArrays(isZip(bytes) ? readZipFormat(bytes) : readLegacyFormat(bytes));
}

function readZipFormat(bytes: Uint8Array): unknown {
  const entries = readStoredZip(bytes);
  const pickles = [...entries.keys()].filter((name) => /(^|\/)data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined || pickles.length > 1)
    return fail(`it is a zip file with ${pickles.length} entries data.pkl where one was expected`);
  const folder = pickle.slice(0, -'data.pkl'.length);

  const order = entries.get(`${folder}byteorder`);
  if (order !== undefined && new TextDecoder().decode(order) !== 'little') fail('it is big-endian');
  const context = stateDictContext();
  const { value } = readPickle(entries.get(pickle)!, 0, context);
  for (const storage of context.storages.values()) {
    storage.fill(entries.get(`${folder}data/${storage.key}`) ?? fail(`storage ${storage.key} is missing`));
  }
  return value;
}

function readLegacyFormat(bytes: Uint8Array): unknown {
  let position = 0;
  const next = (context = stateDictContext()): unknown => {
    const { value, end } = readPickle(bytes, position, context);
    position = end;
    return value;
  };
  if (bytes[0] !== 0x80 || next() !== magicNumber)
    return fail('it is neither a zip file nor a sequence of pickles as torch.save writes them');
  if (next() !== protocolVersion) fail('it is of an unknown protocol version');
  const system = next();
  if (!(system instanceof Map) || system.get('little_endian') !== true) fail('it is big-endian');

  const context = stateDictContext();
  const value = next(context);
  readStorages(bytes, next(), () => position, context.storages);
  return value;
}

/** After the pickles, each storage: how many elements it has, then these. */
function readStorages(
  bytes: Uint8Array,
  keys: unknown,
  start: () => number,
  storages: ReadonlyMap<string, Storage>,
): void {
  if (!Array.isArray(keys)) return fail('its list of storages is damaged');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = start();
  for (const key of keys as readonly unknown[]) {
    const storage = storages.get(key as string) ?? fail('its list of storages names one that no tensor has');
    if (position + 8 + storage.byteLength > bytes.length) fail(`it is truncated within storage ${storage.key}`);
    const count = view.getBigUint64(position, true);
    if (count !== BigInt(storage.count))
      fail(`storage ${storage.key} has ${count} elements where ${storage.count} were expected`);
    position += 8;
    storage.fill(bytes.subarray(position, position + storage.byteLength));
    position += storage.byteLength;
  }
  if (position !== bytes.length) fail(`${bytes.length - position} bytes follow the last storage`);
}
