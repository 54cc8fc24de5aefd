/**
 * A visit in a headset. One hand is enough: the stick ahead throws an arc to the floor, the stick aside turns by
 * 30 degrees, the trigger or a pinch goes to a work, presses the rail, or throws the arc where there is no stick.
 */

import { Vector3 } from 'three';
import { Arc, thrown } from './arc.js';
import { Card } from './card.js';
import { Hand } from './hand.js';
import { Outline } from './outline.js';
import { Rail } from './rail.js';
import { Rig } from './rig.js';
import { size, who } from './show.js';
import { walked } from './stance.js';
import { element } from './trouble.js';
import { Vignette } from './vignette.js';

const PUSHED = 0.6; // of the stick's way
const BACK = 0.35; // closer to the middle it has been let go
const TURN = 30; // degrees
const READ = 1.15; // metres from the eyes to the card
const CARD = 0.46; // metres wide
const FURTHEST = 0.58; // radians that the card stands aside

/** One session in VR. */
export class Headset {
  /**
   * @param {import('./immersion.js').Immersion} owner
   * @param {XRSession} session
   * @param {number} lift metres that the device's own floor is too low
   */
  constructor(owner, session, lift) {
    this.visit = owner.visit;
    this.stage = owner.stage;
    this.session = session;
    this.rig = new Rig(this.stage.rig, lift);
    this.floor = this.visit.walk.floor;
    this.stage.camera.position.set(0, 0, 0);
    this.stage.camera.rotation.set(0, 0, 0);
    this.stage.renderer.xr.setFoveation(0.6);
    /** @type {Map<XRInputSource, Hand>} */
    this.hands = new Map();
    this.arc = new Arc();
    this.card = new Card();
    this.rail = new Rail();
    this.vignette = new Vignette();
    this.outline = new Outline();
    this.stage.scene.add(this.arc, this.card, this.outline, this.vignette);
    this.stage.rig.add(this.rail);
    this.placed = false;
    this.counts = { turns: 0, landings: 0, hovers: 0 };
    session.addEventListener('selectstart', ({ inputSource }) => this.#grab(this.hands.get(inputSource)));
    session.addEventListener('selectend', ({ inputSource }) => this.#release(this.hands.get(inputSource)));
    this.stage.renderer.xr.getReferenceSpace()?.addEventListener?.('reset', () => {
      this.placed = false; // the wearer recentred: she stands where she stood
    });
  }

  /** @param {number} seconds @param {XRFrame} frame */
  step(seconds, frame) {
    const space = /** @type {XRReferenceSpace} */ (this.stage.renderer.xr.getReferenceSpace());
    const viewer = frame.getViewerPose(space);
    if (!viewer) return;
    this.rig.head.fromArray(viewer.transform.matrix);
    if (!this.placed) {
      this.rig.stands(this.visit.walk.stance, this.floor.height);
      this.placed = true;
    }
    this.#meet(frame, space);
    let gliding = false;
    for (const hand of this.hands.values()) gliding = this.#steer(hand, seconds) || gliding;
    this.rail.follow(this.rig.head, seconds);
    this.#point();
    this.vignette.step(seconds, gliding);
    this.#remember();
    this.since = (this.since ?? 0) + seconds;
    if (this.since > 0.3) {
      this.since = 0;
      this.visit.looked();
    }
  }

  /** Hands come and go. @param {XRFrame} frame @param {XRReferenceSpace} space */
  #meet(frame, space) {
    const there = new Set(this.session.inputSources);
    for (const [source, hand] of this.hands) {
      if (there.has(source)) continue;
      hand.dispose();
      this.hands.delete(source);
    }
    for (const source of there) {
      let hand = this.hands.get(source);
      if (!hand) {
        this.hands.set(source, (hand = new Hand(source)));
        this.stage.rig.add(hand.shape);
      }
      hand.read(frame, space, this.rig.matrix);
    }
  }

  /** Sticks and buttons. @param {Hand} hand @param {number} seconds @returns {boolean} whether it glides */
  #steer(hand, seconds) {
    const { right, ahead } = hand.stick;
    if (hand.pressed.next) this.#visit(1);
    if (hand.pressed.previous) this.#visit(-1);
    if (!hand.turned && Math.abs(right) > PUSHED && hand.aiming !== 'stick' && Math.abs(right) > Math.abs(ahead)) {
      hand.turned = true;
      this.counts.turns += 1;
      this.rig.turn(Math.sign(right) * TURN);
    } else if (Math.abs(right) < BACK) hand.turned = false;
    if (element('smooth').checked) return this.#glide(hand, seconds);
    if (!hand.aiming && ahead > PUSHED && !hand.turned) hand.aiming = 'stick';
    else if (hand.aiming === 'stick' && Math.hypot(right, ahead) < BACK) this.#land(hand);
    return false;
  }

  /** @param {Hand} hand @param {number} seconds */
  #glide(hand, seconds) {
    const { ahead } = hand.stick;
    if (Math.abs(ahead) < BACK || hand.turned) return false;
    const { x, y, z } = this.rig.eye;
    const stance = { x, y, z, azimuth: this.rig.azimuth, elevation: 0 };
    const after = walked(stance, { right: 0, ahead, run: false }, seconds, this.floor);
    this.rig.lands(after.x, after.z, this.floor.height);
    return true;
  }

  /** What the hands point at: the rail, a work, or the floor. */
  #point() {
    let arc = null;
    let shown = null;
    let lit = null;
    for (const hand of this.hands.values()) {
      if (!hand.ray) continue;
      const rail = hand.aiming ? null : this.rail.meets(hand.ray);
      const hit = hand.aiming || rail ? null : this.#workAt(hand.ray);
      const over = rail?.button ?? hit?.work ?? null;
      if (over && over !== hand.over) hand.tick();
      hand.over = over;
      lit ??= rail?.button ?? null;
      shown ??= hit;
      if (hand.aiming) arc ??= this.#arc(hand);
      hand.point(rail?.distance ?? hit?.distance);
    }
    this.rail.light(lit);
    this.arc.draw(arc);
    this.#plaque(shown);
  }

  /** @param {import('three').Ray} ray */
  #workAt(ray) {
    const hit = this.visit.picking?.work(ray, !this.floor.bounded);
    if (!hit || !this.floor.bounded) return hit ?? null;
    // In plan: a wall is where no floor is. The last metre before a work need not be floor.
    const near = ray.at(Math.max(0, hit.distance - 1), new Vector3());
    const from = this.floor.nearest(ray.origin.x, ray.origin.z);
    return this.floor.clear(from, this.floor.nearest(near.x, near.z)) ? hit : null;
  }

  /** @param {Hand} hand */
  #arc(hand) {
    const { x, z } = this.rig.eye;
    return thrown(/** @type {import('three').Ray} */ (hand.ray), this.floor, [x, z]);
  }

  /** @param {?import('./pick.js').Hit} hit */
  #plaque(hit) {
    const work = hit?.work ?? null;
    if (work === this.reading) return;
    this.reading = work;
    this.card.visible = this.outline.visible = Boolean(work);
    if (!work || !hit) return;
    this.counts.hovers += 1;
    this.card.say(work.title, [who(work), size(work)].filter(Boolean).join(' · '), work.text);
    this.card.size(CARD);
    this.#beside(work);
    const target = this.visit.picking?.targets.find((found) => found.work === work);
    if (target) this.outline.around(target);
  }

  /** Hold the card beside a work, where it hides as little of it as may be. @param {import('./show.js').Work} work */
  #beside(work) {
    const eye = this.rig.eye;
    const way = new Vector3(...work.centre).sub(eye).setY(0);
    const far = Math.max(way.length(), 0.3);
    way.normalize();
    const sides = work.high.map((high, axis) => high - work.low[axis]);
    const half = (Math.abs(sides[0] * way.z) + Math.abs(sides[2] * way.x)) / 2;
    const reach = Math.min(READ, far * 0.8);
    const aside = Math.min(Math.atan2(half, far) + CARD / 2 / reach + 0.05, FURTHEST);
    way.applyAxisAngle(new Vector3(0, 1, 0), -aside);
    this.card.position.copy(eye).addScaledVector(way, reach).setY(eye.y - 0.16);
    this.card.lookAt(eye);
  }

  /** @param {Hand|undefined} hand */
  #grab(hand) {
    if (!hand || hand.aiming) return;
    hand.selecting = true;
    hand.grabbed = hand.over;
    if (!hand.over) hand.aiming = 'select';
  }

  /** @param {Hand|undefined} hand */
  #release(hand) {
    if (!hand?.selecting) return;
    hand.selecting = false;
    const meant = hand.grabbed && hand.grabbed === hand.over ? hand.over : null;
    if (hand.aiming === 'select') this.#land(hand);
    else if (meant === 'leave') this.session.end();
    else if (meant === 'next') this.#visit(1);
    else if (meant === 'previous') this.#visit(-1);
    else if (meant) this.#stand(this.visit.works.indexOf(meant));
  }

  /** @param {Hand} hand */
  #land(hand) {
    const flight = hand.ray && this.#arc(hand);
    hand.aiming = null;
    if (!flight?.landing) return;
    this.vignette.blink();
    this.rig.lands(flight.landing.x, flight.landing.z, this.floor.height);
    this.counts.landings += 1;
    hand.tick(0.6, 30);
  }

  /** @param {1|-1} step */
  #visit(step) {
    const { stop, works } = this.visit;
    if (works.length) this.#stand(stop < 0 ? (step > 0 ? 0 : works.length - 1) : (stop + step + works.length) % works.length);
  }

  /** Be before a work. @param {number} index */
  #stand(index) {
    const work = this.visit.works[index];
    if (!work) return;
    this.visit.stop = index;
    const stance = this.visit.walk.before(work);
    this.vignette.blink();
    this.rig.stands(stance, this.floor.height);
  }

  /** Whoever takes the headset off stands on the screen where she stood. */
  #remember() {
    const { x, z } = this.rig.eye;
    const { walk } = this.visit;
    walk.stance = { x, z, y: this.floor.height + 1.6, azimuth: this.rig.azimuth, elevation: 0 };
  }

  /** The model was changed under the wearer's feet. */
  changed() {
    this.floor = this.visit.walk.floor;
    this.reading = undefined;
  }

  /** Take everything down. */
  end() {
    for (const hand of this.hands.values()) hand.dispose();
    for (const part of [this.arc, this.outline, this.card, this.rail, this.vignette]) part.dispose();
  }
}
