import { fail } from './failure.js';

/** What a pickle may refer to beyond itself. */
export interface PickleContext {
  /** The value that `module.name` stands for; a function if it may be called. Throws for a name that is not allowed. */
  readonly resolve: (name: string) => unknown;
  /** The object that a persistent id stands for. */
  readonly persistent: (id: unknown) => unknown;
}

/** A value, and where in the bytes the next pickle begins. */
export interface Pickled {
  readonly value: unknown;
  readonly end: number;
}

/**
 * Reads one pickle (Python's documentation of `pickletools`) of protocol 2 to 5: dicts become Maps, lists and tuples
 * arrays. It knows only the opcodes that a torch state dict is made of, and calls nothing but what `resolve` gives.
 *
 * @throws SpineError `weights-format` for a damaged pickle, or an opcode that is not among those.
 */
export function readPickle(bytes: Uint8Array, start: number, { resolve, persistent }: PickleContext): Pickled {
  const reader = byteReader(bytes, start);
  const memo = new Map<number, unknown>();
  /** The stacks below the marks that are open. */
  const below: unknown[][] = [];
  let stack: unknown[] = [];

  const push = (value: unknown) => void stack.push(value);
  const pop = (): unknown => (stack.length > 0 ? stack.pop() : fail('its pickle takes more values than it has'));
  const top = (): unknown =>
    stack.length > 0 ? stack[stack.length - 1] : fail('its pickle takes more values than it has');
  const popToMark = (): unknown[] => {
    const above = stack;
    stack = below.pop() ?? fail('its pickle closes a mark that is not open');
    return above;
  };
  const popTuple = (length: number) => {
    const items = Array.from({ length }, pop);
    push(items.reverse());
  };
  const setItems = (items: readonly unknown[]) => {
    const dictionary = top();
    if (!(dictionary instanceof Map) || items.length % 2 !== 0)
      return fail('its pickle sets items of something that is not a dict');
    for (let i = 0; i < items.length; i += 2) dictionary.set(items[i], items[i + 1]);
  };
  const append = (items: readonly unknown[]) => {
    const list = top();
    if (!Array.isArray(list)) return fail('its pickle appends to something that is not a list');
    for (const item of items) list.push(item);
  };
  const recall = (index: number) =>
    push(memo.has(index) ? memo.get(index) : fail('its pickle recalls a value it has not stored'));
  const text = (value: unknown): string =>
    typeof value === 'string' ? value : fail('its pickle names a global by something that is not text');

  for (;;) {
    const opcode = reader.byte();
    switch (String.fromCharCode(opcode)) {
      case '\x80': // PROTO
        if (reader.byte() > 5) fail('its pickle is of a protocol above 5');
        break;
      case '\x95': // FRAME
        reader.long();
        break;
      case '.': // STOP
        return { value: pop(), end: reader.position() };

      case '(': // MARK
        below.push(stack);
        stack = [];
        break;
      case 'N':
        push(null);
        break;
      case '\x88':
        push(true);
        break;
      case '\x89':
        push(false);
        break;
      case 'K': // BININT1
        push(reader.byte());
        break;
      case 'M': // BININT2
        push(reader.unsigned(2));
        break;
      case 'J': // BININT
        push(reader.unsigned(4) | 0);
        break;
      case '\x8a': // LONG1
        push(integer(reader.take(reader.byte())));
        break;
      case 'G': // BINFLOAT
        push(reader.bigEndianDouble());
        break;
      case 'X': // BINUNICODE
      case 'T': // BINSTRING, of Python 2
        push(reader.text(reader.unsigned(4)));
        break;
      case '\x8c': // SHORT_BINUNICODE
      case 'U': // SHORT_BINSTRING, of Python 2
        push(reader.text(reader.byte()));
        break;
      case '\x8d': // BINUNICODE8
        push(reader.text(reader.long()));
        break;

      case '}': // EMPTY_DICT
        push(new Map());
        break;
      case ']': // EMPTY_LIST
      case ')': // EMPTY_TUPLE
        push([]);
        break;
      case '\x85':
        popTuple(1);
        break;
      case '\x86':
        popTuple(2);
        break;
      case '\x87':
        popTuple(3);
        break;
      case 't': // TUPLE
        push(popToMark());
        break;
      case 'a': // APPEND
        append([pop()]);
        break;
      case 'e': // APPENDS
        append(popToMark());
        break;
      case 's': // SETITEM
        setItems([pop(), pop()].reverse());
        break;
      case 'u': // SETITEMS
        setItems(popToMark());
        break;

      case 'q': // BINPUT
        memo.set(reader.byte(), top());
        break;
      case 'r': // LONG_BINPUT
        memo.set(reader.unsigned(4), top());
        break;
      case '\x94': // MEMOIZE
        memo.set(memo.size, top());
        break;
      case 'h': // BINGET
        recall(reader.byte());
        break;
      case 'j': // LONG_BINGET
        recall(reader.unsigned(4));
        break;

      case 'c': // GLOBAL
        push(resolve(`${reader.line()}.${reader.line()}`));
        break;
      case '\x93': {
        // STACK_GLOBAL
        const name = text(pop());
        push(resolve(`${text(pop())}.${name}`));
        break;
      }
      case 'Q': // BINPERSID
        push(persistent(pop()));
        break;
      case 'R': {
        // REDUCE
        const given = pop();
        const callee = pop();
        if (typeof callee !== 'function' || !Array.isArray(given))
          return fail('its pickle calls something that is not a function');
        push((callee as (given: readonly unknown[]) => unknown)(given));
        break;
      }
      case 'b': // BUILD: attributes, such as a state dict's `_metadata`, are not needed
        pop();
        if (!(top() instanceof Map)) fail('its pickle sets attributes of something that is not a dict');
        break;
      default:
        fail(
          `its pickle holds the opcode 0x${opcode.toString(16).padStart(2, '0')}, which a state dict does not need. Save model.state_dict(), not the model itself`,
        );
    }
  }
}

/** A little-endian integer in two's complement; a bigint where a number does not hold it. */
function integer(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  const signed = BigInt.asIntN(8 * bytes.length, value);
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
}

function byteReader(bytes: Uint8Array, start: number) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = start;
  /** Where the next `count` bytes begin; they are passed. */
  const advance = (count: number): number => {
    if (count > bytes.length - position) fail('it is truncated within its pickle');
    position += count;
    return position - count;
  };
  const take = (count: number): Uint8Array => {
    const from = advance(count);
    return bytes.subarray(from, from + count);
  };
  return {
    position: () => position,
    take,
    byte: () => view.getUint8(advance(1)),
    unsigned: (size: 2 | 4) => (size === 2 ? view.getUint16(advance(2), true) : view.getUint32(advance(4), true)),
    long: () => Number(view.getBigUint64(advance(8), true)),
    bigEndianDouble: () => view.getFloat64(advance(8), false),
    text: (length: number) => decodeText(take(length)),
    line: () => {
      const end = bytes.indexOf(0x0a, position);
      if (end < 0) fail('it is truncated within its pickle');
      const line = decodeText(take(end - position));
      advance(1);
      return line;
    },
  };
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    return fail('a text of its pickle is not UTF-8', cause);
  }
}
