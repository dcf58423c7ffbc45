import { SingleBar, Presets } from 'cli-progress';

export function line(text: string): void {
  console.log(text);
}

export interface Bar {
  /** Shows how far the work named so has come. */
  show(what: string, done: number, total: number): void;
  /** Takes the bar away, so that a line can be printed. */
  clear(): void;
}

/** A bar in a terminal; where there is none, a plain line now and then. */
export function bar(): Bar {
  return process.stdout.isTTY ? terminalBar() : plainLines();
}

function terminalBar(): Bar {
  let current: SingleBar | undefined;
  return {
    show(what, done, total) {
      if (current === undefined) {
        current = new SingleBar(
          { format: '  {bar} {value}/{total} {what}', hideCursor: true, clearOnComplete: true, stream: process.stdout },
          Presets.shades_classic,
        );
        current.start(total, done, { what });
      }
      current.setTotal(total);
      current.update(done, { what });
    },
    clear() {
      current?.stop();
      current = undefined;
    },
  };
}

const secondsBetweenLines = 10;

function plainLines(): Bar {
  let last = performance.now();
  return {
    show(what, done, total) {
      const now = performance.now();
      if (now - last < secondsBetweenLines * 1000) return;
      last = now;
      console.log(`  ${what}: ${done} of ${total}`);
    },
    clear: () => undefined,
  };
}
