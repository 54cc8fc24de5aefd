/** One hand of the wearer: where it points, what it presses, and what is seen of it. */

import {
  CapsuleGeometry, CylinderGeometry, Group, InstancedMesh, Matrix4, Mesh, MeshBasicMaterial, Quaternion, Ray,
  SphereGeometry, TorusGeometry, Vector3,
} from 'three';
import { headlight } from './headlight.js';

const SKIN = 0xc9c3b8;
const SHELL = 0x5b5d64;
const BRASS = 0xe9c58b;
const REST = 1.2; // metres of a ray that meets nothing
/** Each finger from the wrist outwards, as indices of WebXR's 25 joints. */
const FINGERS = [[0, 1, 2, 3, 4], [0, 5, 6, 7, 8, 9], [0, 10, 11, 12, 13, 14], [0, 15, 16, 17, 18, 19], [0, 20, 21, 22, 23, 24]];
const BONES = FINGERS.flatMap((finger) => finger.slice(1).map((joint, index) => [finger[index], joint]));

/** An input source of WebXR, read once a frame. */
export class Hand {
  /** @param {XRInputSource} source */
  constructor(source) {
    this.source = source;
    /** In the world; null while it is not tracked. @type {?Ray} */
    this.ray = null;
    this.stick = { right: 0, ahead: 0 };
    this.selecting = false;
    /** What has been pressed since the last frame. */
    this.pressed = { next: false, previous: false };
    this.held = { next: false, previous: false };
    this.turned = false;
    /** @type {?'stick'|'select'} what the arc is aimed with */
    this.aiming = null;
    /** @type {any} what it points at */
    this.over = null;
    this.shape = new Group();
    this.shape.add(this.beam = beam());
    if (source.hand) this.shape.add(this.joints = joints(), this.bones = bones());
    else if (source.gripSpace) this.shape.add(this.grip = controller());
    this.shape.visible = false;
  }

  /**
   * @param {XRFrame} frame
   * @param {XRReferenceSpace} space
   * @param {Matrix4} world from that space
   */
  read(frame, space, world) {
    const aim = frame.getPose(this.source.targetRaySpace, space);
    this.ray = aim ? rayOf(new Matrix4().fromArray(aim.transform.matrix).premultiply(world)) : null;
    const grip = this.source.gripSpace && frame.getPose(this.source.gripSpace, space);
    if (this.grip && grip) this.grip.matrix.fromArray(grip.transform.matrix);
    if (this.grip) this.grip.visible = Boolean(grip);
    if (this.joints) this.#bend(frame, space);
    this.shape.visible = Boolean(aim);
    this.#buttons(this.source.gamepad);
  }

  /** @param {Gamepad|undefined} pad in the standard order of WebXR */
  #buttons(pad) {
    const [tx = 0, ty = 0, sx = 0, sy = 0] = pad?.axes ?? [];
    const [x, y] = Math.hypot(sx, sy) > Math.hypot(tx, ty) ? [sx, sy] : [tx, ty];
    this.stick = { right: x, ahead: -y };
    const down = { next: Boolean(pad?.buttons[4]?.pressed), previous: Boolean(pad?.buttons[5]?.pressed) };
    this.pressed = { next: down.next && !this.held.next, previous: down.previous && !this.held.previous };
    this.held = down;
  }

  /**
   * Draw the ray up to what it meets, in the rig's space.
   * @param {number} [distance] metres
   */
  point(distance = REST) {
    this.beam.visible = Boolean(this.ray) && !this.aiming && this.source.targetRayMode !== 'gaze';
    if (!this.ray || !this.beam.visible) return;
    const inverse = /** @type {import('three').Object3D} */ (this.shape.parent).matrixWorld.clone().invert();
    const local = this.ray.clone().applyMatrix4(inverse);
    this.beam.position.copy(local.origin);
    this.beam.quaternion.setFromUnitVectors(new Vector3(0, 0, -1), local.direction);
    this.beam.scale.set(1, 1, distance);
  }

  /** A tick that is felt. @param {number} [strength] @param {number} [milliseconds] */
  tick(strength = 0.4, milliseconds = 20) {
    const pad = /** @type {any} */ (this.source.gamepad);
    const motor = pad?.hapticActuators?.[0];
    if (motor?.pulse) motor.pulse(strength, milliseconds)?.catch?.(() => {});
    else pad?.vibrationActuator?.playEffect?.('dual-rumble', { duration: milliseconds, strongMagnitude: strength })?.catch?.(() => {});
  }

  /** @param {XRFrame} frame @param {XRReferenceSpace} space */
  #bend(frame, space) {
    const places = [...(/** @type {any} */ (this.source.hand)).values()].map((joint) => frame.getJointPose?.(joint, space));
    const whole = places.every(Boolean);
    this.joints.visible = this.bones.visible = whole;
    if (!whole) return;
    const at = places.map((pose) => new Vector3().copy(pose.transform.position));
    const still = new Quaternion();
    const place = new Matrix4();
    places.forEach((pose, index) => {
      const radius = radiusOf(pose);
      this.joints.setMatrixAt(index, place.compose(at[index], still, new Vector3().setScalar(radius)));
    });
    BONES.forEach(([from, to], index) => {
      const way = at[to].clone().sub(at[from]);
      const thick = Math.min(radiusOf(places[from]), radiusOf(places[to])) * 0.97;
      const turn = new Quaternion().setFromUnitVectors(new Vector3(0, 1, 0), way.clone().normalize());
      const middle = at[from].clone().addScaledVector(way, 0.5);
      this.bones.setMatrixAt(index, place.compose(middle, turn, new Vector3(thick, way.length(), thick)));
    });
    this.joints.instanceMatrix.needsUpdate = this.bones.instanceMatrix.needsUpdate = true;
  }

  /** Give back what was drawn. */
  dispose() {
    this.shape.removeFromParent();
    this.shape.traverse((/** @type {any} */ part) => {
      part.geometry?.dispose();
      part.material?.dispose();
    });
  }
}

/** @param {Matrix4} pose */
function rayOf(pose) {
  return new Ray(new Vector3().setFromMatrixPosition(pose), new Vector3(0, 0, -1).transformDirection(pose));
}

/** Of a joint, metres; the wrist is a thick one. @param {XRJointPose} pose */
function radiusOf(pose) {
  return Math.min(pose.radius || 0.008, 0.013);
}

/** A thin staff of one metre along -Z. */
function beam() {
  const shape = new CylinderGeometry(0.0008, 0.0022, 1, 8, 1, true).rotateX(-Math.PI / 2).translate(0, 0, -0.5);
  const mesh = new Mesh(shape, new MeshBasicMaterial({ color: 0xeceae5, transparent: true, opacity: 0.75, toneMapped: false }));
  mesh.frustumCulled = false;
  return mesh;
}

/** A plain controller: a handle, a head and a ring around the thumb. */
function controller() {
  const group = new Group();
  group.matrixAutoUpdate = false;
  const handle = new CapsuleGeometry(0.015, 0.085, 8, 20).rotateX(Math.PI / 2).translate(0, -0.004, 0.03);
  const head = new SphereGeometry(0.025, 28, 20).scale(1, 0.62, 1.15).translate(0, 0.006, -0.03);
  const ring = new TorusGeometry(0.018, 0.0018, 12, 40).rotateX(-Math.PI / 2.2).translate(0, 0.02, -0.03);
  group.add(new Mesh(handle, headlight(SHELL)), new Mesh(head, headlight(SHELL)), new Mesh(ring, headlight(BRASS)));
  return group;
}

function joints() {
  const mesh = new InstancedMesh(new SphereGeometry(1, 16, 12), headlight(SKIN), 25);
  mesh.frustumCulled = false;
  return mesh;
}

function bones() {
  const mesh = new InstancedMesh(new CylinderGeometry(1, 1, 1, 16, 1, true), headlight(SKIN), BONES.length);
  mesh.frustumCulled = false;
  return mesh;
}
