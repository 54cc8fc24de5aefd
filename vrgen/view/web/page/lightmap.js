/**
 * MOZ_lightmap: baked light in a texture on the second UV set. Map x intensity is irradiance, as three.js has it
 * (since r155; times base colour / pi is what is shown). The map holds its occlusion already.
 */

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
