/** The rig: where the space of a headset stands in the gallery. Turned and moved about the wearer's head. */

import { Matrix4, Quaternion, Vector3 } from 'three';
import { turn } from './stance.js';

const UP = new Vector3(0, 1, 0);

/** World from the headset's space: a place and a turn about +Y. */
export class Rig {
  /**
   * @param {import('three').Group} group carries the camera
   * @param {number} lift metres that the device's own floor is too low
   */
  constructor(group, lift) {
    this.group = group;
    this.lift = lift;
    this.yaw = 0;
    this.head = new Matrix4(); // in the headset's space
  }

  /** The wearer's eye in the world. @returns {Vector3} */
  get eye() {
    return new Vector3().setFromMatrixPosition(this.head).applyMatrix4(this.matrix);
  }

  /** Unit vector of the wearer's gaze in the world. @returns {Vector3} */
  get gaze() {
    return new Vector3(0, 0, -1).transformDirection(this.head).transformDirection(this.matrix);
  }

  /** Degrees of the gaze from +X towards +Z. */
  get azimuth() {
    const { x, z } = this.gaze;
    return turn((Math.atan2(z, x) * 180) / Math.PI);
  }

  /** @returns {Matrix4} world from the headset's space */
  get matrix() {
    this.group.updateMatrixWorld();
    return this.group.matrixWorld;
  }

  /** Turn about the head. @param {number} degrees to the right */
  turn(degrees) {
    const before = this.eye;
    this.yaw -= (degrees * Math.PI) / 180;
    this.group.quaternion.copy(new Quaternion().setFromAxisAngle(UP, this.yaw));
    this.lands(before.x, before.z, this.group.position.y - this.lift);
  }

  /** Put the feet on a place of the floor. @param {number} x @param {number} z @param {number} floor metres */
  lands(x, z, floor) {
    const eye = this.eye;
    this.group.position.x += x - eye.x;
    this.group.position.z += z - eye.z;
    this.group.position.y = floor + this.lift;
    this.group.updateMatrixWorld();
  }

  /** Stand and look as told; the wearer's own height stays. @param {import('./stance.js').Stance} stance @param {number} floor */
  stands(stance, floor) {
    this.turn(turn(stance.azimuth - this.azimuth));
    this.lands(stance.x, stance.z, floor);
  }
}
