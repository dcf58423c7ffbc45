import type { Page } from 'playwright-core';

/** What a strict page allows: scripts of its own and WebAssembly, but no code that is made from strings. */
export const strictPolicy = "script-src 'self' 'wasm-unsafe-eval'; object-src 'none'";

declare global {
  interface Window {
    noteViolation?: (violation: string) => void;
  }
}

/** Collects what the page's policy forbids, caught or not, from before the page's first script on. */
export async function watchPolicy(page: Page): Promise<string[]> {
  const violations: string[] = [];
  await page.exposeFunction('noteViolation', (violation: string) => void violations.push(violation));
  await page.addInitScript(() =>
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile, lineNumber }) =>
      window.noteViolation?.(`${effectiveDirective} ${blockedURI} at ${sourceFile}:${lineNumber}`),
    ),
  );
  return violations;
}

/** Holds the page to have broken no rule of its policy, and the policy to be in force. */
export async function checkPolicy(
  page: Page,
  violations: readonly string[],
  check: (what: string, ok: boolean, detail?: string) => void,
): Promise<void> {
  check('nothing makes code from strings', violations.length === 0, violations.slice(0, 3).join('; '));
  const before = violations.length;
  const outcome = await page.evaluate(
    () =>
      new Promise<string>((resolve) =>
        // After the call from outside, which no policy binds.
        setTimeout(() => {
          try {
            // eslint-disable-next-line @typescript-eslint/no-implied-eval -- whether it is forbidden is what is checked
            new Function('return 1');
            resolve('allowed');
          } catch (error) {
            resolve((error as Error).name);
          }
        }),
      ),
  );
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
  check(
    'the policy would have forbidden it, and told',
    outcome === 'EvalError' && violations.length === before + 1,
    `${outcome}, ${violations.length - before} told`,
  );
}
