/** Vertices and indices -> EXT_meshopt_compression, by meshoptimizer, and back, as a headset will see them.
 *
 * Item: {reorder, indices: {source, target, decoded, count, size} | null, vertices,
 * attributes: [{source, target, decoded, stride, filter, bits}]}. Indices come as uint32 and go out in `size`
 * bytes each; attributes come with `vertices` rows: float32 for the filters, as they are for NONE. With
 * `reorder`, triangles and vertices change places for the GPU's caches and for size.
 */

import { MeshoptDecoder } from 'meshoptimizer/decoder';
import { MeshoptEncoder } from 'meshoptimizer/encoder';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export async function mesh(item, folder) {
  await MeshoptEncoder.ready;
  await MeshoptDecoder.ready;
  const read = (name) => new Uint8Array(readFileSync(join(folder, name))); // a copy, aligned
  let { vertices } = item;
  let remap = null;
  if (item.indices) {
    let indices = new Uint32Array(read(item.indices.source).buffer);
    if (item.reorder) [remap, vertices] = MeshoptEncoder.reorderMesh(indices, true, true);
    if (item.indices.size === 2) indices = new Uint16Array(indices);
    const { size, count } = item.indices;
    keep(folder, item.indices, new Uint8Array(indices.buffer), { count, stride: size, mode: 'TRIANGLES', filter: 'NONE' });
  }
  for (const attribute of item.attributes) {
    const rows = remap ? moved(read(attribute.source), remap, vertices) : read(attribute.source);
    const { stride, filter } = attribute;
    keep(folder, attribute, filtered(rows, vertices, attribute), { count: vertices, stride, mode: 'ATTRIBUTES', filter });
  }
  return { vertices };
}

/** Rows in their new places; those that no triangle uses fall away. */
function moved(rows, remap, vertices) {
  const width = rows.length / remap.length;
  const out = new Uint8Array(vertices * width);
  remap.forEach((to, from) => {
    if (to !== 0xffffffff) out.set(rows.subarray(from * width, (from + 1) * width), to * width);
  });
  return out;
}

function filtered(rows, count, { stride, filter, bits }) {
  const floats = () => new Float32Array(rows.buffer, rows.byteOffset, rows.byteLength / 4);
  if (filter === 'OCTAHEDRAL') return MeshoptEncoder.encodeFilterOct(floats(), count, stride, bits);
  if (filter === 'EXPONENTIAL') return MeshoptEncoder.encodeFilterExp(floats(), count, stride, bits, 'SharedComponent');
  return rows;
}

function keep(folder, { target, decoded }, bytes, { count, stride, mode, filter }) {
  const data = MeshoptEncoder.encodeGltfBuffer(bytes, count, stride, mode, 0);
  const back = new Uint8Array(count * stride);
  MeshoptDecoder.decodeGltfBuffer(back, count, stride, data, mode, filter);
  writeFileSync(join(folder, target), data);
  writeFileSync(join(folder, decoded), back);
}
