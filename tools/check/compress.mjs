/** Compress a GLB as others do, for tests of what reads it: `node compress.mjs draco|meshopt|ktx2 FROM.glb TO.glb`. */

import { NodeIO } from '@gltf-transform/core';
import { ALL_EXTENSIONS } from '@gltf-transform/extensions';
import { draco, meshopt } from '@gltf-transform/functions';
import draco3d from 'draco3d';
import { ktx2 } from 'ktx2-encoder/gltf-transform';
import { MeshoptDecoder, MeshoptEncoder } from 'meshoptimizer';
import { PNG } from 'pngjs';

const [kind, source, target] = process.argv.slice(2);
const steps = {
  draco: () => draco(),
  meshopt: () => meshopt({ encoder: MeshoptEncoder }),
  ktx2: () => ktx2({ isUASTC: false, generateMipmap: true, imageDecoder: decoded }),
};

/** The pixels of a PNG; other kinds of picture are not needed here. */
async function decoded(bytes) {
  const { data, width, height } = PNG.sync.read(Buffer.from(bytes));
  return { data: new Uint8Array(data), width, height };
}

await MeshoptEncoder.ready;
const io = new NodeIO().registerExtensions(ALL_EXTENSIONS).registerDependencies({
  'draco3d.encoder': await draco3d.createEncoderModule(),
  'draco3d.decoder': await draco3d.createDecoderModule(),
  'meshopt.encoder': MeshoptEncoder,
  'meshopt.decoder': MeshoptDecoder,
});
const document = await io.read(source);
await document.transform(steps[kind]());
await io.write(target, document);
