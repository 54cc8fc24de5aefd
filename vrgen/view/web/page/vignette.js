/** Darkness at the edge of sight while gliding, and all over for a moment while jumping. */

import { Mesh, PlaneGeometry, ShaderMaterial } from 'three';

/** Lies over the picture of each eye. */
export class Vignette extends Mesh {
  constructor() {
    const material = new ShaderMaterial({
      uniforms: { open: { value: 2 }, dark: { value: 0 } },
      vertexShader: `
        varying vec2 spot;
        void main() {
          spot = position.xy * 2.0 + vec2(projectionMatrix[2][0], projectionMatrix[2][1]);
          gl_Position = vec4(position.xy * 2.0, 0.0, 1.0);
        }`,
      fragmentShader: `
        varying vec2 spot;
        uniform float open;
        uniform float dark;
        void main() {
          float edge = smoothstep(open, open + 0.35, length(spot));
          gl_FragColor = vec4(0.0, 0.0, 0.0, max(edge, dark));
        }`,
      transparent: true,
      depthTest: false,
      depthWrite: false,
      toneMapped: false,
    });
    super(new PlaneGeometry(1, 1), material);
    this.frustumCulled = false;
    this.renderOrder = 90;
    this.visible = false;
    this.strength = 0;
    this.fade = 0;
  }

  /** @param {number} seconds @param {boolean} gliding */
  step(seconds, gliding) {
    this.strength += ((gliding ? 1 : 0) - this.strength) * (1 - Math.exp(-seconds * 9));
    this.fade = Math.max(0, this.fade - seconds / 0.22);
    this.material.uniforms.open.value = 1.6 - 1.15 * this.strength;
    this.material.uniforms.dark.value = this.fade;
    this.visible = this.strength > 0.02 || this.fade > 0;
  }

  /** Close the eyes for a moment. */
  blink() {
    this.fade = 1;
  }

  /** Give it back. */
  dispose() {
    this.removeFromParent();
    this.geometry.dispose();
    this.material.dispose();
  }
}
