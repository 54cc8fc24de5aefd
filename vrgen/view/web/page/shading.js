/** A little light for things that no lamp shines on: darker below, painted into the vertices. */

import { BufferAttribute, Color } from 'three';

/**
 * @template {import('three').BufferGeometry} G
 * @param {G} shape
 * @param {number} colour
 * @param {boolean} [ahead] lit from behind the wearer instead of from above
 * @returns {G}
 */
export function shaded(shape, colour, ahead = false) {
  const normals = shape.getAttribute('normal');
  const base = new Color(colour);
  const colours = new Float32Array(normals.count * 3);
  for (let index = 0; index < normals.count; index += 1) {
    const up = ahead ? 0.6 * normals.getY(index) + 0.4 * normals.getZ(index) : normals.getY(index);
    const light = 0.62 + 0.38 * up;
    base.toArray(colours, index * 3);
    for (let k = 0; k < 3; k += 1) colours[index * 3 + k] *= light;
  }
  shape.setAttribute('color', new BufferAttribute(colours, 3));
  return shape;
}
