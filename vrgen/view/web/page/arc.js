/** The arc of a teleport: thrown from the hand, drawn as a thread, with a ring where it lands. */

import {
  BufferGeometry, CircleGeometry, CylinderGeometry, Group, InstancedMesh, Matrix4, Mesh, MeshBasicMaterial, Quaternion,
  RingGeometry, Vector3,
} from 'three';

const THROW = 7; // metres a second
const GRAVITY = 9.8;
const STEP = 0.03; // seconds between two points of it
const POINTS = 70;
const THIN = 0.0032; // metres
const UP = new Vector3(0, 1, 0);
const OPEN = 0xe9c58b;
const SHUT = 0x8d8d92;

/**
 * Where something thrown along a ray comes down.
 * @param {import('three').Ray} ray
 * @param {import('./floor.js').Floor} floor
 * @param {[number, number]} from the visitor's place
 * @returns {{points: Vector3[], landing: ?Vector3}} nothing to land on outside of the floor, or behind a wall
 */
export function thrown(ray, floor, from) {
  const points = [];
  for (let index = 0; index < POINTS; index += 1) {
    const t = index * STEP;
    const point = ray.origin.clone().addScaledVector(ray.direction, THROW * t);
    point.y -= (GRAVITY * t * t) / 2;
    if (point.y <= floor.height && points.length) {
      const before = points[points.length - 1];
      point.lerp(before, (floor.height - point.y) / Math.max(before.y - point.y, 1e-6));
      points.push(point);
      return { points, landing: lands(point, floor, from) ? point : null };
    }
    points.push(point);
  }
  return { points, landing: null };
}

/** @param {Vector3} point @param {import('./floor.js').Floor} floor @param {[number, number]} from */
function lands(point, floor, from) {
  if (!floor.bounded) return true;
  return floor.holds(point.x, point.z) && floor.clear(floor.nearest(...from), [point.x, point.z]);
}

/** The arc as something to see: a thin thread, and a ring. */
export class Arc extends Group {
  constructor() {
    super();
    const plain = { color: OPEN, toneMapped: false };
    this.thread = new InstancedMesh(new CylinderGeometry(1, 1, 1, 6, 1, true), new MeshBasicMaterial(plain), POINTS);
    this.thread.frustumCulled = false;
    this.ring = new Group();
    const lying = (/** @type {BufferGeometry} */ shape, /** @type {number} */ opacity) =>
      new Mesh(shape.rotateX(-Math.PI / 2), new MeshBasicMaterial({ ...plain, transparent: true, opacity, depthWrite: false }));
    this.ring.add(
      lying(new RingGeometry(0.27, 0.3, 64), 1),
      lying(new RingGeometry(0.06, 0.075, 32), 0.8),
      lying(new CircleGeometry(0.27, 64), 0.2),
    );
    this.add(this.thread, this.ring);
    this.visible = false;
  }

  /** @param {?{points: Vector3[], landing: ?Vector3}} flight */
  draw(flight) {
    this.visible = Boolean(flight);
    if (!flight) return;
    const { points, landing } = flight;
    points.slice(1).forEach((point, index) => this.thread.setMatrixAt(index, segment(points[index], point)));
    this.thread.count = points.length - 1;
    this.thread.instanceMatrix.needsUpdate = true;
    this.thread.material.color.set(landing ? OPEN : SHUT);
    this.ring.visible = Boolean(landing);
    if (landing) this.ring.position.copy(landing).y += 0.012;
  }

  /** Give it back. */
  dispose() {
    this.removeFromParent();
    this.traverse((/** @type {any} */ part) => {
      part.geometry?.dispose();
      part.material?.dispose();
    });
  }
}

/** A thread of the arc between two points. @param {Vector3} from @param {Vector3} to */
function segment(from, to) {
  const way = to.clone().sub(from);
  const turn = new Quaternion().setFromUnitVectors(UP, way.clone().normalize());
  return new Matrix4().compose(from.clone().lerp(to, 0.5), turn, new Vector3(THIN, way.length() * 1.02, THIN));
}
