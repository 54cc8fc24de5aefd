/** How many pixels are drawn: fewer while frames come late, all of them when nothing moves. */

const LATE = 1 / 40; // seconds a frame
const EARLY = 1 / 57;
const LEAST = 0.4;
const LOOK = 8; // frames between two decisions
const QUIET = 0.12; // seconds without a change until the picture is drawn whole

/** The share of the full resolution that keeps the frame rate. */
export class Pace {
  constructor() {
    this.moving = 1;
    this.scale = 1;
    this.count = 0;
    this.sum = 0;
    this.quiet = 0;
  }

  /** Forget what the last frames took: there was a pause. */
  rest() {
    this.count = this.sum = 0;
    this.quiet = performance.now();
    this.settled = false;
  }

  /** One more frame of a movement; whether the size changes. @param {number} seconds */
  took(seconds) {
    this.quiet = performance.now();
    this.settled = false;
    const changed = this.scale !== this.moving;
    this.scale = this.moving;
    this.count += 1;
    this.sum += seconds;
    if (this.count < LOOK) return changed;
    const mean = this.sum / this.count;
    this.count = this.sum = 0;
    if (mean > LATE) this.moving = Math.max(LEAST, this.moving * 0.8);
    else if (mean < EARLY) this.moving = Math.min(1, this.moving * 1.1);
    return changed;
  }

  /** Nothing moves: whether one picture at the full size is due. */
  still() {
    if (performance.now() - this.quiet < QUIET * 1000) return false;
    this.settled = true;
    if (this.scale === 1) return false;
    this.scale = 1;
    return true;
  }
}
