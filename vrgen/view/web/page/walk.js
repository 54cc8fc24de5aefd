/** The visitor of the page on a screen: where she stands, what she wishes, and the way to where she is going. */

import { between, eased, gaze, glided, GLIDE, moved, stanceOf, turn, turned, walked } from './stance.js';

const STROLL = 1.5; // metres a second on a tour
const BRISK = 6; // and on the way to a work that was chosen
const LONGEST = 16; // metres: further works are reached by a cut, not by a flight
const CORNER = 1.6; // metres before its end at which the gaze leaves the way and turns to the work
const ROOM = 1.12; // a work is seen with this much around it
const FURTHER = 1.5; // times the way from the stop, at most, to keep a work clear of the plaque

/** @typedef {import('./stance.js').Stance} Stance */

/** Position and gaze, moved by wishes or along a way. */
export class Walk {
  /**
   * @param {import('./stage.js').Stage} stage
   * @param {import('./floor.js').Floor} floor
   * @param {Stance} stance
   */
  constructor(stage, floor, stance) {
    this.stage = stage;
    this.floor = floor;
    this.stance = stance;
    /** @type {{right: number, ahead: number, run: boolean, turn: number, tilt: number}} */
    this.wish = { right: 0, ahead: 0, run: false, turn: 0, tilt: 0 };
    /** @type {?(seconds: number) => boolean} takes one step of a way; true when there */
    this.way = null;
    this.calm = matchMedia('(prefers-reduced-motion: reduce)');
    this.interrupted = () => {};
    this.free = 1; // share of the picture's width that no panel covers, on both sides alike
    stage.look(stance);
  }

  /** One frame. @param {number} seconds @returns {boolean} whether something moves */
  step(seconds) {
    const { right, ahead, turn: aside, tilt } = this.wish;
    if (right || ahead || aside || tilt) {
      this.stop();
      const faced = turned(this.stance, aside * 75 * seconds, tilt * 50 * seconds);
      this.#stand(walked(faced, this.wish, seconds, this.floor));
      return true;
    }
    if (!this.way) return false;
    if (this.way(seconds)) this.way = null;
    return true;
  }

  /** The visitor takes over: no way, no tour. */
  stop() {
    this.way = null;
    this.interrupted();
  }

  /** @param {number} right @param {number} up degrees */
  turn(right, up) {
    this.stop();
    this.#stand(turned(this.stance, right, up));
    this.stage.wake();
  }

  /** Metres sideways and ahead, at once. @param {number} right @param {number} ahead */
  shift(right, ahead) {
    this.stop();
    const [ax, , az] = gaze({ ...this.stance, elevation: 0 });
    this.#stand(moved(this.stance, ahead * ax - right * az, ahead * az + right * ax, this.floor));
    this.stage.wake();
  }

  /**
   * Walk to a place and look as told there.
   * @param {Stance} end
   * @param {{stroll?: boolean, jump?: boolean}} [how]
   * @returns {Promise<boolean>} true when there, false when something else came first
   */
  go(end, { stroll = false, jump = false } = {}) {
    const from = /** @type {[number, number]} */ ([this.stance.x, this.stance.z]);
    const way = this.floor.path(from, [end.x, end.z]);
    const length = lengthOf(way);
    if (jump || this.calm.matches || (length > LONGEST && !stroll)) {
      this.way = null;
      this.#stand(end);
      this.stage.wake();
      return Promise.resolve(true);
    }
    return new Promise((there) => {
      const step = way.length > 2 || stroll ? this.#along(way, end, stroll ? STROLL : BRISK) : this.#straight(end);
      const mine = (/** @type {number} */ seconds) => {
        const done = step(seconds);
        if (done) there(true);
        return done;
      };
      this.way = mine;
      this.left?.(false);
      this.left = (/** @type {boolean} */ arrived) => there(arrived);
      this.stage.wake();
    });
  }

  /** @param {Stance} end */
  #straight(end) {
    const start = this.stance;
    let past = 0;
    return (/** @type {number} */ seconds) => {
      past += seconds;
      this.#stand(glided(start, end, past / GLIDE));
      return past >= GLIDE;
    };
  }

  /** @param {[number, number][]} way @param {Stance} end @param {number} speed */
  #along(way, end, speed) {
    const start = this.stance;
    const length = lengthOf(way);
    const lasts = Math.max(GLIDE, (length / speed) * 1.2);
    let past = 0;
    return (/** @type {number} */ seconds) => {
      past += seconds;
      const share = past / lasts;
      const gone = eased(share) * length;
      const [x, z] = at(way, gone);
      const ahead = at(way, Math.min(gone + 0.6, length));
      const travels = length - gone > CORNER && Math.hypot(ahead[0] - x, ahead[1] - z) > 0.05;
      const facing = travels ? turn((Math.atan2(ahead[1] - z, ahead[0] - x) * 180) / Math.PI) : end.azimuth;
      const pull = share >= 1 ? 1 : 1 - Math.exp(-seconds * 3.2);
      this.#stand({
        x,
        z,
        y: start.y + (end.y - start.y) * eased(share),
        azimuth: turn(this.stance.azimuth + between(this.stance.azimuth, facing) * pull),
        elevation: this.stance.elevation + ((travels ? 0 : end.elevation) - this.stance.elevation) * pull,
      });
      return share >= 1 && Math.abs(between(this.stance.azimuth, end.azimuth)) < 0.5;
    };
  }

  /**
   * Where to stand so that a work fits the picture: at its stop, or further back as far as the floor allows.
   * @param {import('./show.js').Work} work
   * @returns {Stance}
   */
  before(work) {
    const stop = work.stop ?? inFront(work);
    const stance = stanceOf(stop);
    const [tx, ty] = this.stage.spread;
    const [gx, , gz] = gaze({ ...stance, elevation: 0 });
    const sides = work.low.map((low, axis) => work.high[axis] - low);
    const wide = Math.abs(sides[0] * gz) + Math.abs(sides[2] * gx);
    const face = (Math.abs(sides[0] * gx) + Math.abs(sides[2] * gz)) / 2;
    const has = Math.hypot(work.centre[0] - stance.x, work.centre[2] - stance.z);
    const fits = Math.max((wide * ROOM) / (2 * tx), (sides[1] * ROOM) / (2 * ty)) + face;
    const clear = (wide * ROOM) / (2 * tx * this.free) + face;
    const back = Math.max(0, fits - has, Math.min(clear, has * FURTHER) - has);
    return moved(stance, -gx * back, -gz * back, this.floor);
  }

  /** @param {Stance} stance */
  #stand(stance) {
    this.stance = stance;
    this.stage.look(stance);
  }
}

/** A work without a stop of its own: two metres before its middle, towards +Z. @param {import('./show.js').Work} work */
function inFront(work) {
  const [x, y, z] = work.centre;
  return { position: /** @type {any} */ ([x, Math.max(y, 1.5), z + 2]), direction: /** @type {any} */ ([0, 0, -1]) };
}

/** @param {[number, number][]} way */
function lengthOf(way) {
  return way.slice(1).reduce((sum, [x, z], index) => sum + Math.hypot(x - way[index][0], z - way[index][1]), 0);
}

/** The place some metres along a way. @param {[number, number][]} way @param {number} gone @returns {[number, number]} */
function at(way, gone) {
  let rest = gone;
  for (let index = 1; index < way.length; index += 1) {
    const [a, b] = [way[index - 1], way[index]];
    const long = Math.hypot(b[0] - a[0], b[1] - a[1]);
    if (rest <= long && long > 0) {
      const t = rest / long;
      return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
    }
    rest -= long;
  }
  return way[way.length - 1];
}
