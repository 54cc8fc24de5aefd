/** What a ray meets: a work by its box, and whether something stands before it. */

import { Box3, Matrix4, Plane, Ray, Raycaster, Vector3 } from 'three';

const AHEAD = 0.12; // metres: what is this much nearer than the work hides it; a frame does not

/**
 * @typedef {object} Hit
 * @property {?import('./show.js').Work} work
 * @property {Vector3} point in the world
 * @property {number} distance metres
 *
 * @typedef {{work: import('./show.js').Work, box: Box3, inverse: Matrix4, world: Matrix4}} Target
 */

/** Rays into one model. */
export class Picking {
  /**
   * @param {import('./model.js').Model} model
   * @param {import('./show.js').Work[]} works
   * @param {import('./floor.js').Floor} floor
   */
  constructor(model, works, floor) {
    this.floor = floor;
    this.caster = new Raycaster();
    this.caster.layers.enableAll();
    this.model = model;
    this.ground = new Plane(new Vector3(0, 1, 0), -floor.height);
    /** @type {Target[]} */
    this.targets = works.flatMap((work) => targetOf(work, model.nodes.get(work.node)));
  }

  /**
   * The work that a ray meets first, if nothing hides it.
   * @param {Ray} ray
   * @param {boolean} [looking] whether to look for what hides it: exact, but slow on large models
   * @returns {?Hit}
   */
  work(ray, looking = true) {
    let best = null;
    for (const target of this.targets) {
      const hit = meet(target, ray);
      if (hit && (!best || hit.distance < best.distance)) best = hit;
    }
    if (!best || !looking) return best;
    const wall = this.surface(ray, best.distance - AHEAD);
    return wall ? null : best;
  }

  /**
   * The nearest surface of the model within some metres.
   * @param {Ray} ray
   * @param {number} far
   */
  surface(ray, far) {
    this.caster.ray.copy(ray);
    this.caster.near = 0;
    this.caster.far = Math.max(far, 0);
    return this.caster.intersectObject(this.model.root, true)[0] ?? null;
  }

  /**
   * Where a ray meets the walkable floor, if no wall stands before it.
   * @param {Ray} ray
   * @returns {?Vector3}
   */
  place(ray) {
    const point = ray.intersectPlane(this.ground, new Vector3());
    if (!point || !this.floor.holds(point.x, point.z)) return this.floor.bounded ? null : point;
    const distance = ray.origin.distanceTo(point);
    return this.surface(ray, distance - AHEAD) ? null : point;
  }
}

/** @param {import('./show.js').Work} work @param {any} node @returns {Target[]} */
function targetOf(work, node) {
  if (!node) return [];
  node.updateWorldMatrix(true, true);
  const inverse = node.matrixWorld.clone().invert();
  const box = new Box3();
  node.traverse((/** @type {any} */ part) => {
    if (!part.isMesh) return;
    part.geometry.computeBoundingBox();
    box.union(part.geometry.boundingBox.clone().applyMatrix4(new Matrix4().multiplyMatrices(inverse, part.matrixWorld)));
  });
  if (box.isEmpty()) return [];
  box.expandByScalar(0.01); // a picture is flat
  return [{ work, box, inverse, world: node.matrixWorld }];
}

/** @param {Target} target @param {Ray} ray @returns {?Hit} */
function meet(target, ray) {
  const local = ray.clone().applyMatrix4(target.inverse);
  const point = local.intersectBox(target.box, new Vector3());
  if (!point) return null;
  point.applyMatrix4(target.world);
  return { work: target.work, point, distance: point.distanceTo(ray.origin) };
}
