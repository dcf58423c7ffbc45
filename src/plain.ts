/** JSON knows no NaN and no infinities; a history without validation samples holds NaN. Other numbers are kept to the bit. */
const unusual: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

const key = '$number';

export function stringify(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'number' && !Number.isFinite(part) ? { [key]: String(part) } : part));
}

export function parse(text: string): unknown {
  return JSON.parse(text, (_, part: unknown) => {
    const name = typeof part === 'object' && part !== null && key in part ? part[key] : undefined;
    return typeof name === 'string' && name in unusual ? unusual[name] : part;
  });
}
