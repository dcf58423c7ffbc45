import { SpineError } from '../../errors.js';
import { escapeText } from '../markup.js';
import { optionalPackage } from '../../optional.js';
import type { ChartSpec } from './chart.js';

/**
 * Draws a chart: Vega-Lite in, one self-contained `<svg>` out, with its description as the text of the picture. Works
 * without a canvas or a page, and loads nothing: data must be in the specification.
 *
 * Expressions are interpreted and never compiled, so that a page whose Content-Security-Policy lacks 'unsafe-eval' may
 * draw too. Vega's geographic transforms know compiled expressions only and fail there.
 *
 * @throws SpineError `dependency-missing` if vega, vega-lite or vega-interpreter is not installed; `invalid-argument` if
 *   the specification cannot be drawn.
 */
export async function renderChart(spec: ChartSpec): Promise<string> {
  const vega = await optionalPackage('vega', 'Drawing charts', () => import('vega'));
  const vegaLite = await optionalPackage('vega-lite', 'Drawing charts', () => import('vega-lite'));
  const { expressionInterpreter } = await optionalPackage(
    'vega-interpreter',
    'Drawing charts',
    () => import('vega-interpreter'),
  );
  try {
    const compiled = vegaLite.compile(spec as unknown as Parameters<typeof vegaLite.compile>[0]).spec;
    const { loader, refused } = loadNothing(vega.loader());
    const interpreted = vega.parse(compiled, undefined, { ast: true });
    const view = new vega.View(interpreted, { renderer: 'none', loader, expr: expressionInterpreter });
    try {
      const svg = await view.toSVG();
      // Vega draws on without data it could not load.
      if (refused.length > 0) throw new Error(`charts load nothing, but it asks for ${refused.join(', ')}`);
      return describe(svg, spec.description);
    } finally {
      view.finalize();
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SpineError('invalid-argument', `The chart "${spec.description}" could not be drawn: ${reason}.`, {
      cause,
    });
  }
}

function describe(svg: string, description: string): string {
  return svg.replace(/^<svg /, () => `<svg role="img" aria-label="${escapeText(description)}" `);
}

/** A loader that refuses every address and remembers it, so that no chart reaches for the network or a file. */
function loadNothing<T extends object>(loader: T): { readonly loader: T; readonly refused: readonly string[] } {
  const refused: string[] = [];
  const refuse = (address: unknown) => {
    refused.push(String(address));
    return Promise.reject(new Error(`charts load nothing, but ${String(address)} was asked for`));
  };
  return { loader: { ...loader, load: refuse, sanitize: refuse, http: refuse, file: refuse }, refused };
}
