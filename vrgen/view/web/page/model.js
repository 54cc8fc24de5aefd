/** The model of a show: a GLB made ready for three.js, and released again. */

import { Box3, Frustum, Matrix4 } from 'three';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';
import { baked, Matt } from './lightmap.js';
import { Pictures } from './pictures.js';
import { Trouble, within } from './trouble.js';

const PATIENCE = 30; // seconds for what decodes geometry and textures

/**
 * @typedef {object} Model
 * @property {import('three').Group} root
 * @property {Map<string, import('three').Object3D>} nodes by the names of the file
 * @property {Pictures} pictures
 * @property {import('three').Box3} box of everything, metres
 */

/**
 * Read a GLB. What decodes compressed parts is fetched only when the show needs it.
 * @param {ArrayBuffer} bytes
 * @param {import('./show.js').Show['needs']} needs
 * @param {import('./stage.js').Stage} stage
 * @returns {Promise<Model>}
 */
export async function readModel(bytes, needs, stage) {
  const loader = new GLTFLoader();
  const pictures = new Pictures(stage);
  const decoders = await decodersFor(needs, loader, stage.renderer);
  loader.register((parser) => pictures.reading(parser));
  loader.register(baked);
  try {
    const gltf = await within(loader.parseAsync(bytes, ''), PATIENCE, tooLate(needs));
    return prepared(gltf, pictures);
  } catch (problem) {
    throw problem instanceof Trouble
      ? problem
      : new Trouble('The model of this show cannot be read.', `The browser says: ${problem?.message ?? problem}`);
  } finally {
    decoders.forEach((decoder) => decoder.dispose());
  }
}

/**
 * @param {import('three/addons/loaders/GLTFLoader.js').GLTF} gltf
 * @param {Pictures} pictures
 * @returns {Model}
 */
function prepared(gltf, pictures) {
  const root = gltf.scene;
  const nodes = new Map();
  const names = gltf.parser.json.nodes ?? [];
  const matt = new Matt();
  root.updateMatrixWorld(true);
  root.traverse((object) => {
    const at = gltf.parser.associations.get(object);
    if (at?.nodes !== undefined && !nodes.has(names[at.nodes].name)) nodes.set(names[at.nodes].name, object);
    object.matrixAutoUpdate = false; // nothing in a gallery moves by itself
    if (!object.isMesh) return;
    object.material = matt.of(object.material);
    shownAsItIs(object.material);
  });
  pictures.gather(root);
  return { root, nodes, pictures, box: new Box3().setFromObject(root) };
}

/** Unlit colours are final: no exposure, no tone mapping. @param {any} material */
function shownAsItIs(material) {
  if (material.isMeshBasicMaterial) material.toneMapped = false;
}

/**
 * Decode the pictures that a camera sees; the others follow, nearest first.
 * @param {Model} model
 * @param {import('three').PerspectiveCamera} camera
 * @param {() => void} changed called whenever one more is there
 * @returns {Promise<void>} when those in sight are there
 */
export async function unveil(model, camera, changed) {
  camera.updateMatrixWorld();
  camera.matrixWorldInverse.copy(camera.matrixWorld).invert();
  const seen = new Frustum().setFromProjectionMatrix(
    new Matrix4().multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse),
  );
  const eye = camera.getWorldPosition(model.box.min.clone());
  await model.pictures.meet(seen, eye);
  model.pictures.follow(eye, changed);
}

/**
 * Give everything back to the graphics card.
 * @param {Model} model
 */
export function release(model) {
  model.pictures.stop();
  model.root.removeFromParent();
  model.root.traverse((/** @type {any} */ object) => {
    object.geometry?.dispose();
    for (const material of [object.material].flat()) {
      if (!material) continue;
      for (const value of Object.values(material)) if (value?.isTexture) value.dispose();
      material.dispose();
    }
  });
}

/** @param {import('./show.js').Show['needs']} needs @param {GLTFLoader} loader @param {any} renderer */
async function decodersFor(needs, loader, renderer) {
  const made = [];
  const here = new URL('decoders/', import.meta.url).href;
  if (needs.draco) {
    const { DRACOLoader } = await import('three/addons/loaders/DRACOLoader.js');
    const draco = new DRACOLoader().setDecoderPath(`${here}draco/`);
    loader.setDRACOLoader(draco);
    made.push(draco);
  }
  if (needs.ktx2) {
    const { KTX2Loader } = await import('three/addons/loaders/KTX2Loader.js');
    const ktx2 = new KTX2Loader().setTranscoderPath(`${here}basis/`).detectSupport(renderer);
    loader.setKTX2Loader(ktx2);
    made.push(ktx2);
  }
  if (needs.meshopt) {
    const { MeshoptDecoder } = await import('three/addons/libs/meshopt_decoder.module.js');
    loader.setMeshoptDecoder(MeshoptDecoder);
  }
  return made;
}

/** @param {import('./show.js').Show['needs']} needs */
function tooLate(needs) {
  const used = Object.entries(needs).filter(([, wanted]) => wanted).map(([name]) => name);
  return new Trouble(
    `The model was not decoded within ${PATIENCE} seconds${used.length ? ` (${used.join(', ')})` : ''}.`,
    used.length
      ? 'The decoders may be missing beside the page, or the policy of its server forbids what they need.'
      : 'Close other pages, then try again.',
  );
}
