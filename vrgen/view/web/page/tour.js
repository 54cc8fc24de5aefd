/**
 * The tour: from work to work with time to look and read. It never seizes control: any step, turn or click of
 * the visitor ends it. Who asked for less motion is brought to the next work only when she says so.
 */

const LEAST = 6; // seconds before a work
const A_WORD = 0.32; // seconds to read one more word
const LONGEST = 28;

/** Goes through the works by a function that walks to one. */
export class Tour {
  /**
   * @param {(index: number) => Promise<boolean>} visit walks to a work; false when interrupted
   * @param {() => void} changed
   */
  constructor(visit, changed) {
    this.visit = visit;
    this.changed = changed;
    /** @type {import('./show.js').Work[]} */
    this.works = [];
    this.on = false;
    this.paused = false;
    this.index = -1;
    this.calm = matchMedia('(prefers-reduced-motion: reduce)');
    this.clock = 0;
  }

  /** Begin, at the work after the given one. @param {number} from */
  start(from) {
    if (!this.works.length) return;
    this.on = true;
    this.paused = this.calm.matches;
    this.index = from;
    this.next();
  }

  /** To the next work now; after the last the tour ends. */
  async next() {
    clearTimeout(this.clock);
    if (this.index + 1 >= this.works.length) {
      this.end();
      return;
    }
    this.index += 1;
    const index = this.index;
    this.changed();
    const there = await this.visit(index);
    if (!there || !this.on || this.index !== index) return;
    this.#wait();
  }

  /** Stay here, or go on. */
  toggle() {
    this.paused = !this.paused;
    clearTimeout(this.clock);
    if (!this.paused) this.#wait();
    this.changed();
  }

  /** Leave the visitor where she is. */
  end() {
    if (!this.on) return;
    this.on = false;
    clearTimeout(this.clock);
    this.changed();
  }

  #wait() {
    if (this.paused) return;
    const words = `${this.works[this.index].title} ${this.works[this.index].text}`.split(/\s+/).length;
    const stay = Math.min(LEAST + words * A_WORD, LONGEST);
    this.clock = setTimeout(() => this.next(), stay * 1000);
  }
}
