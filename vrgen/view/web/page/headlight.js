/** A light that comes from the wearer's forehead, for hands and controllers: no lamp of the room shines on them. */

import { Color, ShaderMaterial } from 'three';

/** @param {number} colour */
export function headlight(colour) {
  return new ShaderMaterial({
    uniforms: { base: { value: new Color(colour) } },
    vertexShader: `
      varying vec3 facing;
      void main() {
        vec4 place = vec4(position, 1.0);
        vec3 way = normal;
        #ifdef USE_INSTANCING
          place = instanceMatrix * place;
          way = mat3(instanceMatrix) * way;
        #endif
        facing = normalMatrix * way;
        gl_Position = projectionMatrix * modelViewMatrix * place;
      }`,
    fragmentShader: `
      varying vec3 facing;
      uniform vec3 base;
      void main() {
        vec3 way = normalize(facing);
        float light = 0.5 + 0.5 * dot(way, normalize(vec3(0.15, 0.75, 0.65)));
        float rim = pow(1.0 - clamp(way.z, 0.0, 1.0), 3.0);
        gl_FragColor = vec4(base * (0.28 + 0.78 * light * light) + 0.07 * rim, 1.0);
        #include <colorspace_fragment>
      }`,
    toneMapped: false,
  });
}
