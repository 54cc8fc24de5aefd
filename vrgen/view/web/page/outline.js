/** Thin bars around a work that is meant. */

import { BoxGeometry, InstancedMesh, Matrix4, MeshBasicMaterial, Quaternion, Vector3 } from 'three';

const THICK = 0.006; // metres
const AROUND = 0.02;
const SIGNS = [[-1, -1], [-1, 1], [1, -1], [1, 1]];

/** The twelve edges of a box. */
export class Outline extends InstancedMesh {
  constructor() {
    super(new BoxGeometry(1, 1, 1), new MeshBasicMaterial({ color: 0xe9c58b, toneMapped: false }), 12);
    this.frustumCulled = false;
    this.visible = false;
    this.matrixAutoUpdate = false;
  }

  /** @param {import('./pick.js').Target} target */
  around({ box, world }) {
    const scale = new Vector3().setFromMatrixScale(world);
    const half = box.getSize(new Vector3()).multiplyScalar(0.5);
    const reach = half.toArray().map((side, axis) => side + AROUND / scale.getComponent(axis));
    const middle = box.getCenter(new Vector3());
    let bar = 0;
    for (let axis = 0; axis < 3; axis += 1) {
      for (const [a, b] of SIGNS) {
        const place = new Vector3();
        place.setComponent((axis + 1) % 3, a * reach[(axis + 1) % 3]);
        place.setComponent((axis + 2) % 3, b * reach[(axis + 2) % 3]);
        const sides = new Vector3(THICK, THICK, THICK).divide(scale);
        sides.setComponent(axis, 2 * reach[axis] + sides.getComponent(axis));
        this.setMatrixAt(bar, new Matrix4().compose(place.add(middle), new Quaternion(), sides));
        bar += 1;
      }
    }
    this.instanceMatrix.needsUpdate = true;
    this.matrix.copy(world);
    this.matrixWorldNeedsUpdate = true;
  }

  /** Give it back. */
  dispose() {
    this.removeFromParent();
    this.geometry.dispose();
    /** @type {any} */ (this.material).dispose();
    return super.dispose();
  }
}
