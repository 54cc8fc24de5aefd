/**
 * Textures that arrive when they are needed. The loader gets a grey pixel at once; a picture is decoded when
 * the visitor sees the wall it hangs on, the others after that, nearest first. A gallery of hundreds of works
 * opens as quickly as one of nine.
 */

import {
  Box3,
  ClampToEdgeWrapping,
  LinearFilter,
  LinearMipmapLinearFilter,
  LinearMipmapNearestFilter,
  MirroredRepeatWrapping,
  NearestFilter,
  NearestMipmapLinearFilter,
  NearestMipmapNearestFilter,
  RepeatWrapping,
  Texture,
} from 'three';

/** glTF's numbers are WebGL's; three.js has its own. What is not said is trilinear and repeats. */
const FILTERS = new Map([
  [9728, NearestFilter],
  [9729, LinearFilter],
  [9984, NearestMipmapNearestFilter],
  [9985, LinearMipmapNearestFilter],
  [9986, NearestMipmapLinearFilter],
  [9987, LinearMipmapLinearFilter],
]);
const WRAPPINGS = new Map([[33071, ClampToEdgeWrapping], [33648, MirroredRepeatWrapping]]);
const AT_ONCE = 18; // pictures before the first look
const GREY = '#a9a8a5';

/**
 * @typedef {object} Picture
 * @property {Uint8Array} bytes
 * @property {string} type
 * @property {any} source what the textures that show it share
 * @property {Set<Texture>} textures
 * @property {Box3[]} boxes of the meshes that show it
 * @property {?Promise<void>} decoding
 */

/** The pictures of one model. */
export class Pictures {
  /** @param {import('./stage.js').Stage} stage */
  constructor(stage) {
    this.stage = stage;
    /** @type {Set<Texture>} */
    this.all = new Set();
    /** @type {Map<number, Picture>} */
    this.pictures = new Map();
    this.stopped = false;
  }

  /** How many are not decoded yet. */
  get waiting() {
    return [...this.pictures.values()].filter((picture) => !picture.decoding).length;
  }

  /**
   * A plugin of GLTFLoader that puts off the pictures inside the file.
   * @param {any} parser
   */
  reading(parser) {
    return {
      name: 'VRGEN_pictures',
      /** @param {number} index @returns {?Promise<Texture>} */
      loadTexture: (index) => {
        const said = parser.json.textures[index];
        const image = parser.json.images?.[said.source];
        if (image?.bufferView === undefined || !/^image\/(png|jpeg)$/.test(image.mimeType)) return null;
        return this.#putOff(parser, index, said, image);
      },
    };
  }

  /** @param {any} parser @param {number} index @param {any} said @param {any} image */
  async #putOff(parser, index, said, image) {
    const bytes = new Uint8Array(await parser.getDependency('bufferView', image.bufferView));
    const texture = new Texture();
    const known = this.pictures.get(said.source);
    if (known) texture.source = known.source;
    else {
      texture.source.data = pixel();
      const picture = { bytes, type: image.mimeType, source: texture.source, textures: new Set(), boxes: [], decoding: null };
      this.pictures.set(said.source, picture);
    }
    sample(texture, parser.json.samplers?.[said.sampler] ?? {});
    texture.name = said.name || image.name || '';
    texture.flipY = false;
    texture.needsUpdate = true;
    parser.associations.set(texture, { textures: index });
    return texture;
  }

  /**
   * Find out which meshes show which picture, after the file was read: the loader copies textures.
   * @param {import('three').Object3D} root
   */
  gather(root) {
    const bySource = new Map([...this.pictures.values()].map((picture) => [picture.source, picture]));
    root.traverse((/** @type {any} */ object) => {
      if (!object.isMesh) return;
      const box = new Box3().setFromObject(object);
      for (const value of Object.values(object.material)) {
        if (!value?.isTexture) continue;
        this.all.add(value);
        const picture = bySource.get(value.source);
        if (!picture) continue;
        picture.textures.add(value);
        picture.boxes.push(box);
      }
    });
  }

  /** As sharp at a slant as the graphics card gives; before the first is used. */
  sharpen() {
    for (const texture of this.all) texture.anisotropy = this.stage.finest;
  }

  /** Decode all, side by side. */
  async decode() {
    await Promise.all([...this.pictures.values()].map((picture) => this.#decode(picture)));
  }

  /**
   * Decode those in sight, side by side; of many the nearest.
   * @param {import('three').Frustum} sight
   * @param {import('three').Vector3} eye
   */
  async meet(sight, eye) {
    const seen = [...this.pictures.values()].flatMap((picture) => {
      const boxes = picture.boxes.filter((box) => sight.intersectsBox(box));
      return boxes.length ? [{ picture, far: Math.min(...boxes.map((box) => box.distanceToPoint(eye))) }] : [];
    });
    const nearest = seen.sort((a, b) => a.far - b.far).slice(0, AT_ONCE);
    await Promise.all(nearest.map(({ picture }) => this.#decode(picture)));
  }

  /**
   * Decode the others one after the other, those nearest to a place first.
   * @param {import('three').Vector3} eye
   * @param {() => void} changed
   */
  async follow(eye, changed) {
    const far = (/** @type {Picture} */ picture) => Math.min(...picture.boxes.map((box) => box.distanceToPoint(eye)));
    for (;;) {
      const rest = [...this.pictures.values()].filter((picture) => !picture.decoding && picture.boxes.length);
      if (!rest.length || this.stopped) return;
      const next = rest.reduce((a, b) => (far(b) < far(a) ? b : a));
      await this.#decode(next);
      if (this.stopped) return;
      changed();
      await new Promise((resume) => setTimeout(resume, 16)); // uploads take turns with frames
    }
  }

  /** @param {Picture} picture */
  #decode(picture) {
    picture.decoding ??= this.#fill(picture);
    return picture.decoding;
  }

  /** @param {Picture} picture */
  async #fill(picture) {
    const options = /** @type {const} */ ({ premultiplyAlpha: 'none', colorSpaceConversion: 'none' });
    const image = await createImageBitmap(new Blob([picture.bytes], { type: picture.type }), options).catch(() => null);
    picture.bytes = new Uint8Array();
    if (!image || this.stopped) return; // a picture that cannot be read stays grey
    picture.source.data = image;
    const waiting = new Set(picture.textures);
    for (const texture of picture.textures) {
      texture.dispose(); // the grey pixel
      texture.needsUpdate = true;
      texture.onUpdate = () => {
        texture.onUpdate = null;
        waiting.delete(texture);
        if (!waiting.size) image.close(); // the graphics card has it: hundreds of works would fill the memory
      };
    }
    if (this.stage.renderer) waiting.forEach((texture) => this.stage.renderer.initTexture(texture));
  }

  /** Decode no more. */
  stop() {
    this.stopped = true;
    for (const { source } of this.pictures.values()) source.data?.close?.();
  }
}

/** @param {Texture} texture @param {any} said a sampler of glTF */
function sample(texture, said) {
  texture.magFilter = /** @type {any} */ (FILTERS.get(said.magFilter) ?? LinearFilter);
  texture.minFilter = /** @type {any} */ (FILTERS.get(said.minFilter) ?? LinearMipmapLinearFilter);
  texture.generateMipmaps = texture.minFilter !== NearestFilter && texture.minFilter !== LinearFilter;
  texture.wrapS = WRAPPINGS.get(said.wrapS) ?? RepeatWrapping;
  texture.wrapT = WRAPPINGS.get(said.wrapT) ?? RepeatWrapping;
}

/** One grey pixel, so that a wall without its picture is a wall. */
function pixel() {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext('2d');
  if (pen) {
    pen.fillStyle = GREY;
    pen.fillRect(0, 0, 1, 1);
  }
  return canvas;
}
