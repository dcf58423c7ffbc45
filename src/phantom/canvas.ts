import type { Point } from './spine.js';

/** Where millimetres of the patient fall on the pixels of one view. */
export interface Placement {
  /** Pixels per millimetre. */
  readonly scale: number;
  /** Turn in the image plane in degrees. */
  readonly angle: number;
  /** The pixel position of {@link Placement.origin}. */
  readonly centre: Point;
  /** The patient point, in millimetres, that lies at `centre` and is turned about. */
  readonly origin: Point;
}

/** Patient millimetres to pixels. */
export function toPixels({ scale, angle, centre, origin }: Placement, [x, y]: Point): Point {
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180) * scale, Math.sin((angle * Math.PI) / 180) * scale];
  const [dx, dy] = [x - origin[0], y - origin[1]];
  return [centre[0] + cos * dx - sin * dy, centre[1] + sin * dx + cos * dy];
}

/**
 * The attenuation of one view, to which shapes add their line integrals. Shapes are given in millimetres of the
 * patient and touch the pixels of their bounding box only.
 */
export class AttenuationCanvas {
  readonly attenuation: Float32Array;
  private readonly cos: number;
  private readonly sin: number;
  private readonly scratch: Float32Array;

  constructor(
    readonly width: number,
    readonly height: number,
    readonly placement: Placement,
  ) {
    this.attenuation = new Float32Array(width * height);
    this.scratch = new Float32Array(width * height);
    this.cos = Math.cos((placement.angle * Math.PI) / 180) / placement.scale;
    this.sin = Math.sin((placement.angle * Math.PI) / 180) / placement.scale;
  }

  /** Adds `amount(x, y)`, in patient millimetres, everywhere or within a box around some points. */
  field(amount: (x: number, y: number) => number, around?: readonly Point[], reach = 0): void {
    const { width, attenuation, cos, sin, placement } = this;
    const [left, top, right, bottom] = around ? this.box(around, reach) : [0, 0, width, this.height];
    for (let row = top; row < bottom; row++) {
      const dy = row + 0.5 - placement.centre[1];
      for (let column = left; column < right; column++) {
        const dx = column + 0.5 - placement.centre[0];
        attenuation[row * width + column]! += amount(
          placement.origin[0] + cos * dx + sin * dy,
          placement.origin[1] - sin * dx + cos * dy,
        );
      }
    }
  }

  /** Adds `amount(x, y)` everywhere, evaluated every few pixels and interpolated: for what has no sharp edge. */
  smoothField(amount: (x: number, y: number) => number): void {
    const { width, height, attenuation, cos, sin, placement } = this;
    const step = Math.max(1, Math.round(3 * placement.scale));
    const columns = Math.ceil(width / step) + 1;
    const rows = Math.ceil(height / step) + 1;
    const grid = new Float64Array(columns * rows);
    for (let row = 0; row < rows; row++) {
      const dy = row * step + 0.5 - placement.centre[1];
      for (let column = 0; column < columns; column++) {
        const dx = column * step + 0.5 - placement.centre[0];
        grid[row * columns + column] = amount(
          placement.origin[0] + cos * dx + sin * dy,
          placement.origin[1] - sin * dx + cos * dy,
        );
      }
    }
    for (let row = 0; row < height; row++) {
      const upper = Math.floor(row / step) * columns;
      const v = (row % step) / step;
      for (let column = 0; column < width; column++) {
        const at = upper + Math.floor(column / step);
        const u = (column % step) / step;
        const above = grid[at]! + u * (grid[at + 1]! - grid[at]!);
        const below = grid[at + columns]! + u * (grid[at + columns + 1]! - grid[at + columns]!);
        attenuation[row * width + column]! += above + v * (below - above);
      }
    }
  }

  /** Adds `profile(d)` around a polygon, d being the distance to its edge in millimetres, positive inside. */
  polygon(points: readonly Point[], reach: number, profile: (depth: number) => number): void {
    const n = points.length;
    // Per edge: start, direction, 1 / length², and the run per rise.
    const edges = new Float64Array(n * 6);
    points.forEach(([x, y], i) => {
      const [endX, endY] = points[(i + 1) % n]!;
      const [ex, ey] = [endX - x, endY - y];
      edges.set([x, y, ex, ey, 1 / (ex * ex + ey * ey), ey === 0 ? 0 : ex / ey], i * 6);
    });
    this.field(
      (px, py) => {
        let nearest = Infinity;
        let inside = false;
        for (let at = 0; at < edges.length; at += 6) {
          const wx = px - edges[at]!;
          const wy = py - edges[at + 1]!;
          const ex = edges[at + 2]!;
          const ey = edges[at + 3]!;
          let t = (wx * ex + wy * ey) * edges[at + 4]!;
          t = t < 0 ? 0 : t > 1 ? 1 : t;
          const bx = wx - ex * t;
          const by = wy - ey * t;
          const squared = bx * bx + by * by;
          if (squared < nearest) nearest = squared;
          if (wy < 0 !== wy < ey && wx < wy * edges[at + 5]!) inside = !inside;
        }
        const distance = Math.sqrt(nearest);
        if (!inside && distance > reach) return 0;
        return profile(inside ? distance : -distance);
      },
      points,
      reach,
    );
  }

  /** Adds `profile(q)` inside a turned ellipse, q being 0 at its centre and 1 on its edge (and more up to `reach`). */
  ellipse(
    centre: Point,
    radiusX: number,
    radiusY: number,
    degrees: number,
    profile: (q: number) => number,
    reach = 1,
  ): void {
    const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
    this.field(
      (x, y) => {
        const u = (cos * (x - centre[0]) + sin * (y - centre[1])) / radiusX;
        const v = (cos * (y - centre[1]) - sin * (x - centre[0])) / radiusY;
        const squared = u * u + v * v;
        return squared > reach * reach ? 0 : profile(Math.sqrt(squared));
      },
      [centre],
      Math.max(radiusX, radiusY) * reach,
    );
  }

  /**
   * Adds `profile(q)` along a line, q being 0 on it and 1 at its `radius` in millimetres, which may change along it.
   * Overlapping segments count once.
   */
  tube(points: readonly Point[], radius: number | readonly number[], profile: (q: number) => number): void {
    const radiusAt = (i: number) => (typeof radius === 'number' ? radius : radius[i]!);
    const { width, scratch, attenuation, cos, sin, placement } = this;
    let reach = 0;
    for (let i = 0; i < points.length; i++) reach = Math.max(reach, radiusAt(i));
    const [left, top, right, bottom] = this.box(points, reach);
    for (let row = top; row < bottom; row++) scratch.fill(2, row * width + left, row * width + right);

    for (let i = 0; i + 1 < points.length; i++) {
      const [ax, ay] = points[i]!;
      const ex = points[i + 1]![0] - ax;
      const ey = points[i + 1]![1] - ay;
      const [startRadius, growth] = [radiusAt(i), radiusAt(i + 1) - radiusAt(i)];
      const squaredLength = ex * ex + ey * ey || 1e-9;
      const [l, t, r, b] = this.box([points[i]!, points[i + 1]!], Math.max(startRadius, startRadius + growth));
      for (let row = t; row < b; row++) {
        const dy = row + 0.5 - placement.centre[1];
        for (let column = l; column < r; column++) {
          const dx = column + 0.5 - placement.centre[0];
          const wx = placement.origin[0] + cos * dx + sin * dy - ax;
          const wy = placement.origin[1] - sin * dx + cos * dy - ay;
          let along = (wx * ex + wy * ey) / squaredLength;
          along = along < 0 ? 0 : along > 1 ? 1 : along;
          const bx = wx - ex * along;
          const by = wy - ey * along;
          const q = Math.sqrt(bx * bx + by * by) / (startRadius + growth * along);
          const at = row * width + column;
          if (q < scratch[at]!) scratch[at] = q;
        }
      }
    }
    for (let row = top; row < bottom; row++) {
      for (let at = row * width + left; at < row * width + right; at++) {
        if (scratch[at]! < 1) attenuation[at]! += profile(scratch[at]!);
      }
    }
  }

  private box(points: readonly Point[], reach: number): [left: number, top: number, right: number, bottom: number] {
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const point of points) {
      const [x, y] = toPixels(this.placement, point);
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
    const margin = reach * this.placement.scale;
    return [
      Math.max(0, Math.floor(left - margin)),
      Math.max(0, Math.floor(top - margin)),
      Math.min(this.width, Math.ceil(right + margin)),
      Math.min(this.height, Math.ceil(bottom + margin)),
    ];
  }
}

/** 0 below `low`, 1 above `high`, smooth between. */
export function smoothstep(low: number, high: number, value: number): number {
  const t = (value - low) / (high - low);
  return t <= 0 ? 0 : t >= 1 ? 1 : t * t * (3 - 2 * t);
}
