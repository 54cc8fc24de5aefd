/** Into a headset, or onto the wall of one's own room: the two buttons, and what a session needs. */

import { Hanging } from './hanging.js';
import { Headset } from './headset.js';
import { element } from './trouble.js';
import { note, say } from './words.js';

const STANDING = 1.6; // metres of the eyes above the floor, where the device does not know its floor

/** A choice that outlives the visit, where the browser keeps anything. @param {HTMLInputElement} box @param {string} name */
function remember(box, name) {
  try {
    box.checked = localStorage.getItem(name) === 'yes';
    box.addEventListener('change', () => localStorage.setItem(name, box.checked ? 'yes' : 'no'));
  } catch {
    // Storage is forbidden here: the choice lasts as long as the page.
  }
}

/** Offers and holds sessions of WebXR. */
export class Immersion {
  /**
   * @param {import('./stage.js').Stage} stage
   * @param {import('./visit.js').Visit} visit
   * @param {() => Promise<void>} lightUp fetches what lights the scene
   */
  constructor(stage, visit, lightUp) {
    this.stage = stage;
    this.visit = visit;
    this.lightUp = lightUp;
    /** @type {?{step: (seconds: number, frame: XRFrame) => void, changed: () => void, end: () => void}} */
    this.now = null;
  }

  /**
   * @param {import('./show.js').Show} show
   * @param {import('./model.js').Model} model
   */
  changed(show, model) {
    this.show = show;
    this.model = model;
    this.now?.changed();
  }

  /** Show the buttons of what this device can do. */
  async offer() {
    const can = (/** @type {XRSessionMode} */ mode) => navigator.xr?.isSessionSupported(mode).catch(() => false);
    const [vr, ar] = await Promise.all([can('immersive-vr'), can('immersive-ar')]);
    remember(element('smooth'), 'glide');
    element('enter-vr').hidden = !vr;
    element('enter-vr').addEventListener('click', () => this.enterRoom());
    const works = this.visit.works.length > 0;
    element('enter-ar').hidden = element('place-work').hidden = !ar || !works;
    element('enter-ar').addEventListener('click', () => this.hang());
    element('place-work').addEventListener('click', () => this.hang());
    document.documentElement.dataset.offers = [vr && 'vr', ar && works && 'ar'].filter(Boolean).join(' ');
  }

  /** Stand in the gallery. */
  async enterRoom() {
    const session = await this.#ask('immersive-vr', { optionalFeatures: ['local-floor', 'hand-tracking'] });
    if (session) await this.#begin(session, (lift) => new Headset(this, session, lift), 'In the headset. Its own button leaves.');
  }

  /** Hang the work that is meant now on a real wall. */
  async hang() {
    const work = this.visit.current ?? this.visit.works[0];
    if (!work) return;
    const optionalFeatures = ['local-floor', 'hit-test', 'anchors', 'dom-overlay', 'hand-tracking'];
    const session = await this.#ask('immersive-ar', { optionalFeatures, domOverlay: { root: element('over') } });
    if (session) await this.#begin(session, (lift) => new Hanging(this, session, work, lift), `${work.title}, at its true size.`);
  }

  /** @param {XRSessionMode} mode @param {XRSessionInit} wanted */
  async #ask(mode, wanted) {
    if (this.now) return null;
    try {
      return await /** @type {XRSystem} */ (navigator.xr).requestSession(mode, wanted);
    } catch (problem) {
      note(`The device did not begin: ${problem?.message ?? problem}`);
      return null;
    }
  }

  /** @param {XRSession} session @param {(lift: number) => any} make @param {string} words */
  async #begin(session, make, words) {
    const { xr } = this.stage.renderer;
    const floor = await session.requestReferenceSpace('local-floor').then(() => true, () => false);
    this.visit.tour.end();
    this.visit.walk.way = null;
    xr.setReferenceSpaceType(floor ? 'local-floor' : 'local');
    const moving = this.stage.moving;
    session.addEventListener('end', () => {
      this.now?.end();
      this.now = null;
      this.stage.moving = moving;
      this.stage.look(this.visit.walk.stance);
      this.visit.look();
      document.documentElement.dataset.immersed = 'no';
      requestAnimationFrame(() => this.stage.resize());
      say('Back on the screen.');
    });
    await xr.setSession(session);
    const held = make(floor ? 0 : STANDING);
    this.now = held;
    this.stage.moving = (seconds, frame) => {
      if (frame) held.step(seconds, frame);
      return true;
    };
    document.documentElement.dataset.immersed = session.environmentBlendMode ?? 'opaque';
    say(words);
    this.stage.wake();
  }
}
