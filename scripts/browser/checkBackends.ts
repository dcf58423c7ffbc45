import type { Page } from 'playwright-core';
import type {} from '../../test/browser/app/main.js';

/** Lets the page choose among its backends, and lose each that a graphics card can lose. */
export async function checkBackends(
  page: Page,
  check: (what: string, ok: boolean, detail?: string) => void,
): Promise<void> {
  for (const probe of [false, true]) {
    const report = await page.evaluate((timed) => window.chooseInPage?.({ probe: timed }), probe);
    const found = (report?.candidates ?? []).map(({ name, usable, worstError, milliseconds }) =>
      `${name} ${usable ? 'usable' : 'not usable'} ${worstError?.toExponential(1) ?? ''} ${milliseconds?.toFixed(1) ?? ''}`.trim(),
    );
    const isComplete = ['cpu', 'webgl', 'webgpu'].every((name) =>
      report?.candidates.some((candidate) => candidate.name === name && candidate.usable),
    );
    check(`chooseBackend${probe ? ', timed' : ''}: each backend can train`, isComplete, found.join(', '));
    if (!probe) check('chooseBackend: webgpu comes first by name', report?.chosen === 'webgpu');
  }
  const distance = (a: readonly number[] = [], b: readonly number[] = []) =>
    Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? NaN))));
  for (const backend of ['webgl', 'webgpu']) {
    const loss = await page
      .evaluate((name) => window.loseBackend?.(name), backend)
      .catch((error: unknown) => void check(`${backend}: is lost without another error: ${String(error)}`, false));
    if (!loss) continue;
    check(
      `${backend}: what it was doing when it was lost ends in backend-lost`,
      loss.error.startsWith(`backend-lost: The backend "${backend}" is gone`),
      loss.error,
    );
    check(
      `${backend}: so does asking for the weights it held`,
      loss.weights.startsWith('backend-lost: The weights of'),
      loss.weights,
    );
    const reason = loss.report.candidates.find(({ name }) => name === backend)?.reason ?? '';
    check(
      `${backend}: another one is chosen instead`,
      loss.report.chosen !== backend && reason.includes('It is gone'),
      `${loss.report.chosen}; ${reason}`,
    );
    const moved = distance(loss.before, loss.elsewhere);
    check(
      `${backend}: the weights that were saved go on elsewhere`,
      moved < 1e-3,
      `largest difference ${moved.toExponential(1)}`,
    );
    const again = distance(loss.before, loss.restarted);
    check(`${backend}: it can be started anew`, again < 1e-3, `largest difference ${again.toExponential(1)}`);
  }
}
