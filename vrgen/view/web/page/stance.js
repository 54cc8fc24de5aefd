/** How a visitor stands and moves. Pure arithmetic, the same as the desktop window's (vrgen/view/walk.py). */

export const SPEED = 1.6; // metres a second at a stroll
export const RUN = 3; // times faster with Shift
export const STRIDE = 0.05; // longest step in metres that is tried at once: thinner walls are not stepped over
export const GLIDE = 1.1; // seconds to the next work in sight
export const TALLEST = 85; // degrees that one can look up or down

/**
 * @typedef {object} Stance
 * @property {number} x metres
 * @property {number} y metres, of the eye
 * @property {number} z metres
 * @property {number} azimuth degrees from +X towards +Z; 270 looks along -Z
 * @property {number} elevation degrees above the horizon
 *
 * @typedef {{right: number, ahead: number, run: boolean}} Wish what is asked for; the first two in -1..1
 */

const RADIANS = Math.PI / 180;

/**
 * The stance of someone at a place who looks along a direction of any length.
 * @param {import('./show.js').Stop} stop
 * @returns {Stance}
 */
export function stanceOf({ position: [x, y, z], direction: [dx, dy, dz] }) {
  const flat = Math.hypot(dx, dz);
  return { x, y, z, azimuth: turn(Math.atan2(dz, dx) / RADIANS), elevation: Math.atan2(dy, flat) / RADIANS };
}

/**
 * Unit vector of the gaze, or of its azimuth alone.
 * @param {Stance} stance
 * @returns {[number, number, number]}
 */
export function gaze({ azimuth, elevation }) {
  const flat = Math.cos(elevation * RADIANS);
  return [
    flat * Math.cos(azimuth * RADIANS),
    Math.sin(elevation * RADIANS),
    flat * Math.sin(azimuth * RADIANS),
  ];
}

/**
 * Turned by degrees to the right and up.
 * @param {Stance} stance
 * @param {number} right
 * @param {number} up
 * @returns {Stance}
 */
export function turned(stance, right, up) {
  const elevation = Math.min(Math.max(stance.elevation + up, -TALLEST), TALLEST);
  return { ...stance, azimuth: turn(stance.azimuth + right), elevation };
}

/**
 * After some seconds of walking; who stands on the floor stays there and slides along its edges.
 * @param {Stance} stance
 * @param {Wish} wish
 * @param {number} seconds
 * @param {import('./floor.js').Floor} floor
 * @returns {Stance}
 */
export function walked(stance, wish, seconds, floor) {
  const [ax, , az] = gaze({ ...stance, elevation: 0 });
  const way = [wish.ahead * ax - wish.right * az, wish.ahead * az + wish.right * ax];
  const length = Math.hypot(...way);
  if (length < 1e-9) return stance;
  const reach = SPEED * (wish.run ? RUN : 1) * seconds * Math.min(length, 1);
  return moved(stance, (way[0] / length) * reach, (way[1] / length) * reach, floor);
}

/**
 * Moved by metres over the floor, in short steps; `walked` without a clock.
 * @param {Stance} stance
 * @param {number} dx
 * @param {number} dz
 * @param {import('./floor.js').Floor} floor
 * @returns {Stance}
 */
export function moved(stance, dx, dz, floor) {
  let { x, z } = stance;
  const steps = Math.max(1, Math.ceil(Math.hypot(dx, dz) / STRIDE));
  const [sx, sz] = [dx / steps, dz / steps];
  const fenced = floor.holds(x, z);
  for (let step = 0; step < steps; step += 1) {
    for (const [tx, tz] of [[sx, sz], [sx, 0], [0, sz]]) {
      if (fenced && !floor.holds(x + tx, z + tz)) continue;
      x += tx;
      z += tz;
      break;
    }
  }
  return { ...stance, x, z };
}

/**
 * Between two stances, starting and stopping gently; the gaze turns the shorter way.
 * @param {Stance} start
 * @param {Stance} end
 * @param {number} share 0 to 1
 * @returns {Stance}
 */
export function glided(start, end, share) {
  const t = eased(share);
  const mix = (/** @type {number} */ a, /** @type {number} */ b) => a + (b - a) * t;
  return {
    x: mix(start.x, end.x),
    y: mix(start.y, end.y),
    z: mix(start.z, end.z),
    azimuth: turn(start.azimuth + between(start.azimuth, end.azimuth) * t),
    elevation: mix(start.elevation, end.elevation),
  };
}

/** Slow, quick, slow: 0 to 1. @param {number} share */
export function eased(share) {
  const t = Math.min(Math.max(share, 0), 1);
  return t * t * (3 - 2 * t);
}

/** Degrees in 0..360. @param {number} degrees */
export function turn(degrees) {
  return ((degrees % 360) + 360) % 360;
}

/** Degrees in -180..180 from one azimuth to another. @param {number} a @param {number} b */
export function between(a, b) {
  return turn(b - a + 180) - 180;
}
