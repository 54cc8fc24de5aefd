/** Coarser levels of meshes by meshoptimizer's simplifier: `node simplify.mjs JOB.json`.
 *
 * A job is {"items": [{positions, attributes, indices, width, levels: [{weights, error, target}]}]}: three files, of float32
 * rows of three and of `width`, and of uint32. Every level is made of the original, with as few triangles as `error` (in
 * units of the positions) leaves, and written to its target as uint32. One JSON line on stdout for every item: its
 * index, and how far the surface of each level is off.
 */

import { MeshoptSimplifier } from 'meshoptimizer/simplifier';
import { readFileSync, writeFileSync } from 'node:fs';

await MeshoptSimplifier.ready;
const { items } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
for (const [index, item] of items.entries()) console.log(JSON.stringify({ index, errors: simplified(item) }));

function simplified({ positions, attributes, indices, width, levels }) {
  const points = array(Float32Array, positions);
  const rows = array(Float32Array, attributes);
  const triangles = array(Uint32Array, indices);
  return levels.map(({ weights, error, target }) => {
    const flags = ['LockBorder', 'ErrorAbsolute'];
    const [coarse, off] = width
      ? MeshoptSimplifier.simplifyWithAttributes(triangles, points, 3, rows, width, weights, null, 0, error, flags)
      : MeshoptSimplifier.simplify(triangles, points, 3, 0, error, flags);
    writeFileSync(target, coarse);
    return off;
  });
}

function array(Kind, path) {
  const bytes = readFileSync(path);
  return new Kind(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
