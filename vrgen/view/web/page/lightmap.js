/**
 * MOZ_lightmap: baked light in a texture on the second UV set. Map x intensity is irradiance, as three.js has it
 * (since r155; times base colour / pi is what is shown). The map holds its occlusion already.
 */

import { MeshBasicMaterial } from 'three';

/**
 * A plugin of GLTFLoader.
 * @param {any} parser
 */
export function baked(parser) {
  return {
    name: 'MOZ_lightmap',
    /** @param {number} index @param {any} parameters */
    extendMaterialParams(index, parameters) {
      const said = parser.json.materials[index].extensions?.MOZ_lightmap;
      if (!said) return Promise.resolve();
      parameters.lightMapIntensity = said.intensity ?? 1;
      return parser.assignTexture(parameters, 'lightMap', said).then((/** @type {any} */ map) => {
        parameters.aoMapIntensity = 0;
        return map;
      });
    },
  };
}

/** What a lightmap lights takes no other light: no lamp, no sun, no sky, or it would be lit twice. */
export class Matt {
  constructor() {
    /** @type {Map<any, MeshBasicMaterial>} */
    this.made = new Map();
  }

  /**
   * The material as light x colour, as unlit ones are shown; itself where it has no lightmap, or glows besides.
   * @param {any} material
   */
  of(material) {
    if (!material.lightMap || !material.isMeshStandardMaterial || material.emissive.getHex()) return material;
    const known = this.made.get(material);
    if (known) return known;
    const { name, map, color, lightMap, lightMapIntensity, vertexColors } = material;
    const { alphaTest, transparent, opacity, side, depthWrite } = material;
    const matt = new MeshBasicMaterial({ name, map, color, lightMap, lightMapIntensity, vertexColors });
    Object.assign(matt, { alphaTest, transparent, opacity, side, depthWrite });
    this.made.set(material, matt);
    return matt;
  }
}
