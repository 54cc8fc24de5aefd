/** The rail: three buttons at the wearer's waist that any hand can point at. It turns after the wearer, late. */

import { Plane, Vector3 } from 'three';
import { Card, font, INK, panel } from './card.js';

const WORDS = [['previous', '‹ Previous'], ['next', 'Next ›'], ['leave', 'Leave']];
const WIDE = 0.42; // metres
const AWAY = 0.52;
const BELOW = 0.62; // under the eyes
const TILT = -0.95; // radians
const LOOSE = 0.7; // radians that one may turn before it follows
const HEIGHT = 190; // pixels

/** A card with buttons, carried by the rig. */
export class Rail extends Card {
  constructor() {
    super();
    this.yaw = null;
    this.follows = false;
    this.name = 'rail';
    /** @type {?string} */
    this.lit = null;
    this.#paint();
    this.rotation.order = 'YXZ';
    this.visible = true;
  }

  /**
   * Keep before the wearer.
   * @param {import('three').Matrix4} head in the rig's space
   * @param {number} seconds
   */
  follow(head, seconds) {
    const at = new Vector3().setFromMatrixPosition(head);
    const gaze = new Vector3(0, 0, -1).transformDirection(head);
    const yaw = Math.atan2(-gaze.x, -gaze.z);
    this.yaw ??= yaw;
    const off = Math.atan2(Math.sin(yaw - this.yaw), Math.cos(yaw - this.yaw));
    if (Math.abs(off) > LOOSE) this.follows = true;
    if (Math.abs(off) < 0.05) this.follows = false;
    if (this.follows) this.yaw += off * (1 - Math.exp(-seconds * 4));
    this.position.set(at.x - Math.sin(this.yaw) * AWAY, at.y - BELOW, at.z - Math.cos(this.yaw) * AWAY);
    this.rotation.set(TILT, this.yaw, 0);
    const looks = Math.min(1, Math.max(0, (-gaze.y - 0.15) / 0.25));
    this.material.opacity = this.lit ? 1 : 0.25 + 0.75 * looks;
    this.updateMatrixWorld();
  }

  /**
   * The button that a ray meets.
   * @param {import('three').Ray} ray in the world
   * @returns {?{button: string, distance: number}}
   */
  meets(ray) {
    const plane = new Plane().setFromNormalAndCoplanarPoint(
      new Vector3(0, 0, 1).transformDirection(this.matrixWorld),
      new Vector3().setFromMatrixPosition(this.matrixWorld),
    );
    const point = ray.intersectPlane(plane, new Vector3());
    if (!point) return null;
    const distance = point.distanceTo(ray.origin);
    const { x, y } = this.worldToLocal(point);
    if (Math.abs(x) > 0.5 || Math.abs(y) > 0.5) return null;
    return { button: WORDS[Math.min(2, Math.floor((x + 0.5) * 3))][0], distance };
  }

  /** @param {?string} button */
  light(button) {
    if (button === this.lit) return;
    this.lit = button;
    this.#paint();
  }

  #paint() {
    this.paint(HEIGHT, (pen) => {
      panel(pen, 0, 0, 1000, HEIGHT, 40);
      pen.font = font(47);
      pen.textAlign = 'center';
      WORDS.forEach(([name, words], index) => {
        if (name === this.lit) panel(pen, index * 333 + 12, 14, 310, HEIGHT - 28, 30, '#4a4b51');
        pen.fillStyle = INK;
        pen.fillText(words, index * 333 + 167, 111);
      });
    });
    this.size(WIDE);
  }
}
