/** The arc of a teleport: thrown from the hand, drawn as beads, with a ring where it lands. */

import { BufferGeometry, CircleGeometry, Group, InstancedMesh, Matrix4, Mesh, MeshBasicMaterial, RingGeometry, SphereGeometry, Vector3 } from 'three';

const THROW = 7; // metres a second
const GRAVITY = 9.8;
const STEP = 0.03; // seconds between two beads
const BEADS = 60;
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
  for (let bead = 0; bead < BEADS; bead += 1) {
    const t = bead * STEP;
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

/** The arc as something to see. */
export class Arc extends Group {
  constructor() {
    super();
    const plain = { color: OPEN, toneMapped: false };
    this.beads = new InstancedMesh(new SphereGeometry(0.009, 8, 6), new MeshBasicMaterial(plain), BEADS + 1);
    this.beads.frustumCulled = false;
    this.ring = new Group();
    const lying = (/** @type {BufferGeometry} */ shape, /** @type {number} */ opacity) =>
      new Mesh(shape.rotateX(-Math.PI / 2), new MeshBasicMaterial({ ...plain, transparent: true, opacity, depthWrite: false }));
    this.ring.add(lying(new RingGeometry(0.27, 0.3, 48), 1), lying(new CircleGeometry(0.27, 48), 0.22));
    this.add(this.beads, this.ring);
    this.visible = false;
  }

  /** @param {?{points: Vector3[], landing: ?Vector3}} flight */
  draw(flight) {
    this.visible = Boolean(flight);
    if (!flight) return;
    const place = new Matrix4();
    flight.points.forEach((point, index) => this.beads.setMatrixAt(index, place.makeTranslation(point)));
    this.beads.count = flight.points.length;
    this.beads.instanceMatrix.needsUpdate = true;
    this.beads.material.color.set(flight.landing ? OPEN : SHUT);
    this.ring.visible = Boolean(flight.landing);
    if (flight.landing) this.ring.position.copy(flight.landing).y += 0.012;
  }
}
