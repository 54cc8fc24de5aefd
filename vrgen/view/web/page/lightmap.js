/** MOZ_lightmap: baked light in a texture on the second UV set, multiplied with the base colour. */

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
      return parser.assignTexture(parameters, 'lightMap', said);
    },
  };
}
