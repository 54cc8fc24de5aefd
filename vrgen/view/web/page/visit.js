/** A visit on a screen: works, plaque, tour, list and links, put together around one walk. */

import { listen } from './keys.js';
import { List } from './list.js';
import { Picking } from './pick.js';
import { inFrontOf, Plaque } from './plaque.js';
import { follow, pad } from './pointer.js';
import { who } from './show.js';
import { Tour } from './tour.js';
import { element } from './trouble.js';
import { note, say } from './words.js';

/** What the visitor does with works. */
export class Visit {
  /**
   * @param {import('./stage.js').Stage} stage
   * @param {import('./walk.js').Walk} walk
   */
  constructor(stage, walk) {
    this.stage = stage;
    this.walk = walk;
    /** @type {import('./show.js').Work[]} */
    this.works = [];
    this.stop = -1;
    this.plaque = new Plaque(() => stage.wake());
    this.list = new List((work) => this.go(this.works.indexOf(work)));
    this.tour = new Tour((index) => this.go(index, { stroll: true, touring: true }), () => this.#stops());
    this.seen = 0;
    /** Called when the visitor may see something new. */
    this.looked = () => {};
    walk.interrupted = () => this.tour.end();
    this.#buttons();
    this.#inputs();
    addEventListener('hashchange', () => this.follow(false));
  }

  /**
   * A model has arrived, or arrived anew.
   * @param {import('./show.js').Show} show
   * @param {import('./model.js').Model} model
   */
  enter(show, model) {
    const before = this.works[this.stop]?.node;
    this.works = show.works;
    this.tour.works = show.works;
    this.stop = show.works.findIndex((work) => work.node === before);
    this.picking = new Picking(model, show.works, this.walk.floor);
    this.list.fill(show.works);
    element('stops').hidden = show.works.length === 0;
    element('start-tour').hidden = show.works.length < 2;
    this.plaque.work = undefined; // its words may be new
    this.#stops();
    this.look();
  }

  /** The work that is meant now: before the visitor, else the last one. */
  get current() {
    return this.plaque.work ?? this.works[this.stop] ?? null;
  }

  /**
   * Walk to a work and say what it is.
   * @param {number} index wraps around
   * @param {{jump?: boolean, stroll?: boolean, touring?: boolean}} [how]
   * @returns {Promise<boolean>}
   */
  go(index, how = {}) {
    const count = this.works.length;
    if (!count) return Promise.resolve(false);
    if (!how.touring) this.tour.end();
    this.stop = ((index % count) + count) % count;
    this.walk.free = this.plaque.free;
    const work = this.works[this.stop];
    history.replaceState(null, '', `#work=${encodeURIComponent(work.node)}`);
    say([`Work ${this.stop + 1} of ${count}: ${work.title}`, who(work), work.alt].filter(Boolean).join('. '));
    this.#stops();
    const there = this.walk.go(this.walk.before(work), how);
    there.then(() => this.look());
    return there;
  }

  /** One work on or back; from nowhere to the first or the last. @param {1|-1} step */
  step(step) {
    if (this.tour.on && step > 0) this.tour.next();
    else this.go(this.stop < 0 ? (step > 0 ? 0 : -1) : this.stop + step);
  }

  /** To the work that the address names. @param {boolean} jump @returns {boolean} whether it names one */
  follow(jump) {
    const name = new URLSearchParams(location.hash.slice(1)).get('work');
    const index = this.works.findIndex((work) => work.node === name);
    if (index >= 0) this.go(index, { jump });
    else if (name) note('The work that this link names is not in the show any more.');
    return index >= 0;
  }

  /** See whether the visitor stands before a work. */
  look() {
    this.looked();
    const work = inFrontOf(this.walk.stance, this.works);
    if (work && !this.tour.on && !this.walk.way) this.stop = this.works.indexOf(work);
    this.plaque.show(work);
    this.#stops();
  }

  /** One frame. @param {number} seconds */
  move(seconds) {
    const moves = this.walk.step(seconds);
    this.seen += seconds;
    if (this.seen > 0.15 || !moves) {
      this.seen = 0;
      if (!this.walk.way) this.look();
    }
    return moves;
  }

  #stops() {
    const { on, paused, index } = this.tour;
    const at = on ? index : this.stop;
    element('place').textContent = at < 0 ? `${this.works.length} works` : `${at + 1} of ${this.works.length}`;
    element('stops').classList.toggle('touring', on);
    element('start-tour').setAttribute('aria-pressed', String(on));
    element('pause-tour').hidden = element('end-tour').hidden = !on;
    element('pause-tour').textContent = paused ? 'Go on' : 'Pause';
  }

  /** Begin or end the tour. */
  toggleTour() {
    if (this.tour.on) {
      this.tour.end();
      say('The tour has ended.');
    } else {
      say('The tour begins. Any step of yours ends it.');
      this.tour.start(this.stop >= this.works.length - 1 ? -1 : this.stop);
    }
  }

  #buttons() {
    const on = (/** @type {string} */ id, /** @type {() => void} */ does) => element(id).addEventListener('click', does);
    on('open-works', () => this.list.open(this.current));
    on('open-help', () => element('help').showModal());
    on('start-tour', () => this.toggleTour());
    on('pause-tour', () => this.tour.toggle());
    on('end-tour', () => this.toggleTour());
    on('previous', () => this.step(-1));
    on('next', () => this.step(1));
    for (const dialog of document.querySelectorAll('dialog')) {
      dialog.querySelector('[data-close]')?.addEventListener('click', () => dialog.close());
      dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
    }
  }

  #inputs() {
    const strokes = {
      n: () => this.step(1),
      p: () => this.step(-1),
      l: () => this.list.open(this.current),
      t: () => this.toggleTour(),
      h: () => element('help').showModal(),
      '?': () => element('help').showModal(),
      escape: () => this.tour.end(),
    };
    for (let digit = 1; digit <= 9; digit += 1) {
      strokes[digit] = () => digit <= this.works.length && this.go(digit - 1);
    }
    listen(this.walk, this.stage, strokes);
    follow(this.stage.canvas, this.walk, this.stage, {
      over: (ray) => Boolean(this.picking?.work(ray, false)),
      tap: (ray) => this.#tap(ray),
    });
    const thumb = element('pad');
    thumb.hidden = !matchMedia('(pointer: coarse)').matches;
    pad(thumb, this.walk, this.stage);
  }

  /** @param {import('three').Ray} ray */
  #tap(ray) {
    const hit = this.picking?.work(ray);
    if (hit?.work) {
      this.go(this.works.indexOf(hit.work));
      return;
    }
    const place = this.picking?.place(ray);
    if (!place) return;
    this.tour.end();
    this.walk.go({ ...this.walk.stance, x: place.x, z: place.z });
  }
}
