/**
 * What takes light, and when that is needed. A baked gallery has hardly any: the shell around its rooms, whose
 * outside nobody inside sees. The environment, slow to prepare, is fetched once something lit shows its front.
 */

import { Vector3 } from 'three';

const MOST = 20000; // triangles of a mesh that are looked at; larger ones count as seen

/** The lit meshes of a model, hidden until they show a front. */
export class Lit {
  /** @param {import('./model.js').Model} model */
  constructor(model) {
    /** @type {{mesh: any, planes: ?Float32Array}[]} */
    this.hidden = [];
    model.root.traverse((/** @type {any} */ mesh) => {
      if (!mesh.isMesh || ![mesh.material].flat().some((material) => material.isMeshStandardMaterial)) return;
      mesh.visible = false;
      this.hidden.push({ mesh, planes: planesOf(mesh) });
    });
  }

  /**
   * Show what has its front towards an eye.
   * @param {Vector3} eye
   * @returns {boolean} whether there is anything new that takes light
   */
  see(eye) {
    if (!this.hidden.length) return false;
    const seen = this.hidden.filter(({ planes }) => !planes || fronts(planes, eye));
    for (const { mesh } of seen) mesh.visible = true;
    if (seen.length) this.hidden = this.hidden.filter((entry) => !seen.includes(entry));
    return seen.length > 0;
  }
}

/** Whether any plane (x, y, z of its normal, its offset) shows its front. @param {Float32Array} planes @param {Vector3} eye */
function fronts(planes, { x, y, z }) {
  for (let at = 0; at < planes.length; at += 4) {
    if (planes[at] * x + planes[at + 1] * y + planes[at + 2] * z > planes[at + 3]) return true;
  }
  return false;
}

/** Of a mesh's triangles, in the world; null where both sides show, or there are too many. @param {any} mesh */
function planesOf(mesh) {
  const { index, attributes } = mesh.geometry;
  const count = (index?.count ?? attributes.position.count) / 3;
  if (mesh.material.side !== 0 || mesh.isInstancedMesh || mesh.isSkinnedMesh || count > MOST) return null;
  const flip = mesh.matrixWorld.determinant() < 0 ? -1 : 1;
  const planes = new Float32Array(count * 4);
  const [a, b, c] = [new Vector3(), new Vector3(), new Vector3()];
  for (let triangle = 0; triangle < count; triangle += 1) {
    [a, b, c].forEach((corner, k) => {
      const at = triangle * 3 + k;
      corner.fromBufferAttribute(attributes.position, index ? index.getX(at) : at).applyMatrix4(mesh.matrixWorld);
    });
    const normal = b.sub(a).cross(c.sub(a)).multiplyScalar(flip);
    planes.set([normal.x, normal.y, normal.z, normal.dot(a)], triangle * 4);
  }
  return planes;
}
