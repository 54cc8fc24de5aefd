/**
 * One work on a real wall, at its true size. It goes where one points; a press puts it there; pressed again it is
 * carried on. Walls are found by the device where it can; else the work is carried at arm's length.
 */

import { Box3, Group, Matrix4, Quaternion, Ray, Vector3 } from 'three';
import { Card } from './card.js';
import { download } from './download.js';
import { Hand } from './hand.js';
import { readModel, release } from './model.js';
import { size, who } from './show.js';
import { element } from './trouble.js';

const AWAY = 1.5; // metres, until a wall is found
const FLAT = 0.3; // depth over the longest side: what is flatter hangs, what is not stands
const UPRIGHT = 0.5; // a surface whose normal rises less is a wall

/** One session in AR. */
export class Hanging {
  /**
   * @param {import('./immersion.js').Immersion} owner
   * @param {XRSession} session
   * @param {import('./show.js').Work} work
   * @param {number} lift metres that the device's own floor is too low
   */
  constructor(owner, session, work, lift) {
    this.owner = owner;
    this.stage = owner.stage;
    this.session = session;
    this.work = work;
    this.stage.rig.position.set(0, lift, 0);
    this.stage.rig.rotation.set(0, 0, 0);
    this.room = owner.model.root;
    this.room.visible = false;
    this.background = this.stage.scene.background;
    this.stage.scene.background = null;
    this.holder = new Group();
    this.holder.matrixAutoUpdate = false;
    this.stage.scene.add(this.holder);
    this.card = new Card();
    this.stage.scene.add(this.card);
    /** @type {Map<XRInputSource, Hand>} */
    this.hands = new Map();
    /** @type {Map<XRInputSource|string, XRHitTestSource>} */
    this.tests = new Map();
    /** @type {?XRInputSource} who carries the work; nobody at first: then the gaze does */
    this.carrier = null;
    this.carried = true;
    this.anchor = null;
    this.found = null;
    this.#listen();
    this.#bring();
    element('over').hidden = false;
    element('leave-ar').onclick = () => session.end();
    this.#tell();
  }

  /** What one does next, on the phone's screen or on a card in the room. */
  #tell() {
    const words = this.carried ? 'Point at a wall; press or tap to hang it there.' : 'Press or tap, hold and move to carry it on.';
    element('over-words').textContent = `${this.work.title}. ${words}`;
    if ((/** @type {any} */ (this.session)).domOverlayState) return;
    this.card.say(this.work.title, [who(this.work), size(this.work)].filter(Boolean).join(' · '), words);
    this.card.size(0.4);
    this.card.visible = true;
    this.told = performance.now();
  }

  #listen() {
    this.session.addEventListener('selectstart', ({ inputSource }) => {
      if (this.carried && !this.carrier) return; // put down at the end of the press
      this.carrier = inputSource;
      this.carried = true;
      this.anchor = null;
    });
    this.session.addEventListener('selectend', ({ inputSource }) => {
      if (!this.carried || (this.carrier && this.carrier !== inputSource)) return;
      this.settles = true; // in the next frame: anchors are made in frames alone
    });
    this.#test('gaze', () => this.session.requestReferenceSpace('viewer'));
    const touch = /** @type {any} */ (this.session).requestHitTestSourceForTransientInput;
    touch?.call(this.session, { profile: 'generic-touchscreen' }).then((source) => {
      this.touches = source;
    }, () => {});
  }

  /** @param {XRInputSource|string} key @param {() => any} space */
  async #test(key, space) {
    try {
      const source = await this.session.requestHitTestSource?.({ space: await space() });
      if (source) this.tests.set(key, source);
    } catch {
      // This device finds no walls: the work is carried at arm's length.
    }
  }

  /** The work alone, from its own file or from the room. */
  async #bring() {
    const { show, model, stage } = this.owner;
    try {
      if (this.work.image) {
        this.own = await readModel(await download(this.work.image, 0, () => {}), show.needs, stage);
        this.own.pictures.sharpen();
        await this.own.pictures.decode();
      }
    } catch {
      this.own = null; // the one in the room is there
    }
    if (show.lit) await this.owner.lightUp();
    const inner = this.own ? this.own.root : likeness(model.nodes.get(this.work.node));
    if (!inner || this.ended) return;
    const box = new Box3().setFromObject(inner);
    const sides = box.getSize(new Vector3());
    this.hangs = sides.z < FLAT * Math.max(sides.x, sides.y);
    this.tall = sides.y;
    const middle = box.getCenter(new Vector3());
    const seat = new Group();
    seat.position.set(-middle.x, this.hangs ? -middle.y : -box.min.y, this.hangs ? -box.min.z : -middle.z);
    seat.add(inner);
    this.holder.add(seat);
    this.sides = sides.toArray();
  }

  /** @param {number} _seconds @param {XRFrame} frame */
  step(_seconds, frame) {
    const space = /** @type {XRReferenceSpace} */ (this.stage.renderer.xr.getReferenceSpace());
    const viewer = frame.getViewerPose(space);
    if (!viewer) return;
    const world = this.stage.rig.matrixWorld;
    this.head = new Matrix4().fromArray(viewer.transform.matrix).premultiply(world);
    this.#meet(frame, space, world);
    const anchored = this.anchor && frame.getPose(this.anchor.anchorSpace, space);
    if (anchored) this.#onto(new Matrix4().fromArray(anchored.transform.matrix).premultiply(world));
    else if (this.carried) this.#carry(frame, space, world);
    if (this.settles) this.#settle();
    this.#hold();
  }

  /** @param {XRFrame} frame @param {XRReferenceSpace} space @param {Matrix4} world */
  #meet(frame, space, world) {
    const there = new Set(this.session.inputSources);
    for (const [source, hand] of this.hands) {
      if (there.has(source)) continue;
      hand.dispose();
      this.hands.delete(source);
      this.tests.delete(source);
    }
    for (const source of there) {
      if (source.targetRayMode === 'screen') continue;
      let hand = this.hands.get(source);
      if (!hand) {
        this.hands.set(source, (hand = new Hand(source)));
        this.stage.rig.add(hand.shape);
        this.#test(source, () => source.targetRaySpace);
      }
      hand.read(frame, space, world);
      hand.point();
    }
  }

  /** Where the hand or the gaze points, there the work is. @param {XRFrame} frame @param {XRReferenceSpace} space @param {Matrix4} world */
  #carry(frame, space, world) {
    const hand = this.carrier ? this.hands.get(this.carrier) : this.#pointer();
    const key = hand ? hand.source : 'gaze';
    const test = this.tests.get(key) ?? this.tests.get('gaze');
    const touched = this.touches && frame.getHitTestResultsForTransientInput(this.touches)[0]?.results[0];
    this.found = touched ?? (test && frame.getHitTestResults(test)[0]) ?? null;
    const pose = this.found?.getPose(space);
    if (pose) this.#onto(new Matrix4().fromArray(pose.transform.matrix).premultiply(world));
    else this.#afloat(hand?.ray ?? new Ray(new Vector3().setFromMatrixPosition(this.head), new Vector3(0, 0, -1).transformDirection(this.head)));
  }

  /** The hand that carries before any has pressed: the right one, if there is one. */
  #pointer() {
    const pointing = [...this.hands.values()].filter((hand) => hand.ray);
    return pointing.find((hand) => hand.source.handedness === 'right') ?? pointing[0];
  }

  /** On a surface: its normal is the pose's +Y. @param {Matrix4} pose */
  #onto(pose) {
    const point = new Vector3().setFromMatrixPosition(pose);
    const normal = new Vector3(0, 1, 0).transformDirection(pose);
    const wall = Math.abs(normal.y) < UPRIGHT;
    const out = wall ? normal : this.#towardsViewer(point);
    if (this.hangs && !wall) point.y += (this.tall ?? 0) / 2; // leans nowhere: it stands on its lower edge
    this.#put(point, out);
  }

  /** At arm's length along a ray. @param {Ray} ray */
  #afloat(ray) {
    const point = ray.at(AWAY, new Vector3());
    if (!this.hangs) point.y -= (this.tall ?? 0) / 2;
    this.#put(point, this.#towardsViewer(point));
  }

  /** @param {Vector3} point */
  #towardsViewer(point) {
    return new Vector3().setFromMatrixPosition(this.head).sub(point);
  }

  /** @param {Vector3} point @param {Vector3} out what its front shows to; it stays upright */
  #put(point, out) {
    const turn = new Quaternion().setFromAxisAngle(new Vector3(0, 1, 0), Math.atan2(out.x, out.z));
    this.holder.matrix.compose(point, turn, new Vector3(1, 1, 1));
    this.holder.matrixWorldNeedsUpdate = true;
  }

  /** Put it down, and tie it to the wall where the device can. */
  async #settle() {
    this.settles = this.carried = false;
    this.carrier = null;
    this.#tell();
    try {
      this.anchor = (await (/** @type {any} */ (this.found))?.createAnchor?.()) ?? null;
    } catch {
      this.anchor = null; // it stays where it is in the session's own space
    }
  }

  /** The card keeps below the eyes and goes after a while. */
  #hold() {
    if (!this.card.visible) return;
    const eye = new Vector3().setFromMatrixPosition(this.head);
    const way = new Vector3(0, 0, -1).transformDirection(this.head).setY(0).normalize();
    this.card.position.copy(eye).addScaledVector(way, 0.95).setY(eye.y - 0.38);
    this.card.lookAt(eye);
    if (performance.now() - this.told > 9000) this.card.visible = false;
  }

  /** The room was changed meanwhile; it stays hidden until the end. */
  changed() {
    this.room = this.owner.model.root;
    this.room.visible = false;
    if (this.own) return;
    this.holder.clear(); // a likeness shares what was released
    this.#bring();
  }

  /** Take everything down. */
  end() {
    this.ended = true;
    this.room.visible = true;
    this.stage.scene.background = this.background;
    this.holder.removeFromParent();
    if (this.own) release(this.own);
    for (const hand of this.hands.values()) hand.dispose();
    for (const test of this.tests.values()) test.cancel?.();
    this.card.dispose();
    element('over').hidden = true;
  }
}

/** A copy of a work in its own frame, as large as it is in the room. @param {any} node */
function likeness(node) {
  if (!node) return null;
  const copy = node.clone(true);
  const scale = new Vector3().setFromMatrixScale(node.matrixWorld);
  copy.traverse((/** @type {any} */ part) => {
    part.visible = true; // what is lit may still have been hidden
  });
  copy.matrix.makeScale(scale.x, scale.y, scale.z);
  copy.updateMatrixWorld(true);
  return copy;
}
