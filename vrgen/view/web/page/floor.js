/** The floor one may walk on: overlapping polygons, and ways over them. Pure arithmetic. */

/** @typedef {[number, number]} Place x and z, metres */

const SAMPLE = 0.12; // metres between two looks at the floor along a straight way
const FAR = 14; // metres: longer straight ways between corners of a path are not looked at

/** Polygons [[x, z], ...]; without any, one may walk everywhere. */
export class Floor {
  /**
   * @param {Place[][]} polygons
   * @param {Place[]} route places known to be on the way, from the tour
   * @param {number} height of the floor, metres
   */
  constructor(polygons, route, height) {
    this.polygons = polygons.filter((polygon) => polygon.length >= 3);
    this.height = height;
    this.crossings = [...this.polygons.map(middle), ...route].filter(([x, z]) => this.holds(x, z));
  }

  /** Whether there is an edge at all. */
  get bounded() {
    return this.polygons.length > 0;
  }

  /** Whether a place lies on the floor. @param {number} x @param {number} z */
  holds(x, z) {
    return this.polygons.some((polygon) => contains(polygon, x, z));
  }

  /**
   * The place on the floor that is nearest; the place itself where there are no polygons.
   * @param {number} x
   * @param {number} z
   * @returns {Place}
   */
  nearest(x, z) {
    if (!this.bounded || this.holds(x, z)) return [x, z];
    let best = /** @type {Place} */ ([x, z]);
    let least = Infinity;
    for (const polygon of this.polygons) {
      const [mx, mz] = middle(polygon);
      for (let index = 0; index < polygon.length; index += 1) {
        const [ex, ez] = onEdge(polygon[index], polygon[(index + 1) % polygon.length], x, z);
        const far = Math.hypot(ex - x, ez - z);
        if (far >= least) continue;
        least = far;
        const inset = 0.01 / Math.max(Math.hypot(mx - ex, mz - ez), 0.01);
        best = [ex + (mx - ex) * inset, ez + (mz - ez) * inset];
      }
    }
    return best;
  }

  /** Whether the straight way stays on the floor. @param {Place} a @param {Place} b */
  clear(a, b) {
    const steps = Math.max(1, Math.ceil(Math.hypot(b[0] - a[0], b[1] - a[1]) / SAMPLE));
    for (let step = 0; step <= steps; step += 1) {
      const t = step / steps;
      if (!this.holds(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t)) return false;
    }
    return true;
  }

  /**
   * The shortest way over the floor by known crossings (Dijkstra 1959); straight where none is found.
   * @param {Place} from
   * @param {Place} to
   * @returns {Place[]} corners, both ends included
   */
  path(from, to) {
    if (!this.bounded || this.clear(from, to)) return [from, to];
    const places = [this.nearest(...from), ...this.crossings, this.nearest(...to)];
    const last = places.length - 1;
    const length = places.map((_, index) => (index ? Infinity : 0));
    const before = places.map(() => -1);
    const open = new Set(places.keys());
    while (open.size) {
      const here = [...open].reduce((a, b) => (length[b] < length[a] ? b : a));
      if (here === last || length[here] === Infinity) break;
      open.delete(here);
      for (const there of open) {
        const far = Math.hypot(places[there][0] - places[here][0], places[there][1] - places[here][1]);
        if (far > FAR || length[here] + far >= length[there] || !this.clear(places[here], places[there])) continue;
        length[there] = length[here] + far;
        before[there] = here;
      }
    }
    if (before[last] < 0) return [from, to];
    const way = [to];
    for (let index = before[last]; index > 0; index = before[index]) way.unshift(places[index]);
    return [from, ...way];
  }
}

/** The even-odd rule. @param {Place[]} polygon @param {number} x @param {number} z */
function contains(polygon, x, z) {
  let within = false;
  let [xa, za] = polygon[polygon.length - 1];
  for (const [xb, zb] of polygon) {
    if (za > z !== zb > z && x < ((xb - xa) * (z - za)) / (zb - za) + xa) within = !within;
    [xa, za] = [xb, zb];
  }
  return within;
}

/** Mean of the corners. @param {Place[]} polygon @returns {Place} */
function middle(polygon) {
  const sum = polygon.reduce((all, [x, z]) => [all[0] + x, all[1] + z], [0, 0]);
  return [sum[0] / polygon.length, sum[1] / polygon.length];
}

/** @param {Place} a @param {Place} b @param {number} x @param {number} z @returns {Place} */
function onEdge(a, b, x, z) {
  const [dx, dz] = [b[0] - a[0], b[1] - a[1]];
  const t = ((x - a[0]) * dx + (z - a[1]) * dz) / Math.max(dx * dx + dz * dz, 1e-12);
  const share = Math.min(Math.max(t, 0), 1);
  return [a[0] + dx * share, a[1] + dz * share];
}
