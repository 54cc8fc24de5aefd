/**
 * The stage: one renderer, one scene, one camera. It draws only when something changed, with fewer pixels
 * while it cannot keep up, and once more with all of them when it is still again.
 */

import {
  DirectionalLight, EquirectangularReflectionMapping, Group, NeutralToneMapping, PerspectiveCamera, Scene, WebGLRenderer,
} from 'three';
import { Pace } from './pace.js';
import { confess, Trouble } from './trouble.js';

const WIDEST = (56 * Math.PI) / 180; // a picture held upright shows at least this much from side to side
const TALLEST = (92 * Math.PI) / 180;
const PIXELS = 2; // device pixels a pixel of the page: more are not seen

const LOST = new Trouble('The graphics card let go of the room.', 'It happens when memory runs out or the device slept. Try again.');

/** What everything is drawn with. */
export class Stage {
  /**
   * @param {HTMLCanvasElement} canvas
   */
  constructor(canvas) {
    this.canvas = canvas;
    this.exposure = 1;
    this.scene = new Scene();
    this.camera = new PerspectiveCamera(60, 1, 0.05, 1000);
    this.camera.rotation.order = 'YXZ';
    /** Carries the camera: at rest on a screen, the visitor's feet in a headset. */
    this.rig = new Group();
    this.rig.add(this.camera);
    this.scene.add(this.rig);
    this.yfov = Math.PI / 3;
    this.frames = 0;
    this.pace = new Pace();
    /** Called before each picture with seconds since the last and the frame of a headset; true asks for one more. */
    this.moving = (/** @type {number} */ _seconds, /** @type {XRFrame|undefined} */ _frame) => false;
    this.drawn = () => {};
    this.dirty = false;
    this.looping = false;
    /** Whether pictures are drawn: not before the first one is complete. */
    this.open = false;
    this.before = 0;
    this.resize();
    new ResizeObserver(() => this.resize()).observe(canvas);
    canvas.addEventListener('webglcontextlost', () => confess(LOST));
  }

  /** Wake the graphics card, which takes a while: nothing is drawn before. Raises Trouble where there is none. */
  begin() {
    if (this.renderer) return;
    const { canvas } = this;
    const { context, software } = contextOf(canvas);
    this.software = software;
    this.renderer = new WebGLRenderer({ canvas, context, alpha: true });
    this.renderer.toneMapping = NeutralToneMapping;
    this.renderer.toneMappingExposure = this.exposure;
    this.renderer.setClearColor(0x18181a, 1);
    this.renderer.xr.enabled = true;
    this.finest = software ? 1 : Math.min(8, this.renderer.capabilities.getMaxAnisotropy());
    this.resize();
  }

  /** Whether a headset or a phone's camera shows the scene now. */
  get immersed() {
    return this.renderer?.xr.isPresenting ?? false;
  }

  /**
   * The exposure, the sun and what stands behind the scene.
   * @param {import('./show.js').Show} show
   * @param {?import('three').Texture} background radiance, cd/m2
   */
  light(show, background) {
    this.exposure = show.exposure;
    if (this.renderer) this.renderer.toneMappingExposure = show.exposure;
    this.yfov = show.start.yfov;
    this.#surround('background', background, show.background?.factor);
    this.#surround('environment', null, 1);
    this.#shine(show.sun);
    this.resize();
  }

  /**
   * What lights the scene from all around.
   * @param {import('./show.js').Show} show
   * @param {?import('three').Texture} environment radiance, cd/m2
   */
  lightUp(show, environment) {
    this.#surround('environment', environment, show.environment?.factor);
    this.wake();
  }

  /** @param {'background'|'environment'} part @param {?import('three').Texture} sky @param {number} [factor] */
  #surround(part, sky, factor = 1) {
    /** @type {any} */ (this.scene[part])?.dispose?.();
    if (sky) sky.mapping = EquirectangularReflectionMapping;
    this.scene[part] = sky;
    this.scene[`${part}Intensity`] = factor;
  }

  /** The sun of the sky, where the model brings none. @param {import('./show.js').Show['sun']} said */
  #shine(said) {
    this.sun?.removeFromParent();
    if (!said) return;
    this.sun = new DirectionalLight(0xffffff, said.lux);
    this.sun.color.setRGB(...said.colour);
    this.sun.position.set(...said.direction);
    this.scene.add(this.sun);
  }

  /** @param {import('./stance.js').Stance} stance */
  look({ x, y, z, azimuth, elevation }) {
    this.rig.position.set(0, 0, 0);
    this.rig.rotation.set(0, 0, 0);
    this.camera.position.set(x, y, z);
    this.camera.rotation.set((elevation * Math.PI) / 180, (-(azimuth + 90) * Math.PI) / 180, 0);
  }

  /** Half the angles of view as tangents, across and up. */
  get spread() {
    const up = Math.tan((this.camera.fov * Math.PI) / 360);
    return [up * this.camera.aspect, up];
  }

  /** Fit the canvas's place on the page. */
  resize() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height || this.immersed) return;
    this.camera.aspect = width / height;
    const least = 2 * Math.atan(Math.tan(WIDEST / 2) / this.camera.aspect);
    this.camera.fov = (Math.max(this.yfov, Math.min(least, TALLEST)) * 180) / Math.PI;
    this.camera.updateProjectionMatrix();
    if (!this.renderer) return;
    this.#size();
    this.wake();
  }

  #size() {
    const ratio = Math.min(devicePixelRatio, PIXELS) * this.pace.scale;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (ratio === this.renderer.getPixelRatio() && this.sized === `${width} ${height}`) return;
    this.sized = `${width} ${height}`;
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(width, height, false);
  }

  /** Something changed: draw. */
  wake() {
    this.dirty = true;
    if (this.looping || !this.open) return;
    this.looping = true;
    this.before = performance.now();
    this.pace.rest();
    this.renderer.setAnimationLoop((now, frame) => this.#tick(now, frame));
  }

  /** @param {number} now @param {XRFrame|undefined} frame */
  #tick(now, frame) {
    const seconds = Math.min(Math.max((now - this.before) / 1000, 0), 0.1);
    this.before = now;
    const asked = this.dirty;
    this.dirty = false;
    const active = this.moving(seconds, frame);
    if (this.immersed) {
      this.#draw();
      return;
    }
    if (active || asked || this.dirty) {
      if (active && this.pace.took(seconds)) this.#size();
      this.#draw();
    } else if (this.pace.still()) {
      this.#size();
      this.#draw();
    } else if (this.pace.settled) {
      this.looping = false;
      this.renderer.setAnimationLoop(null);
    }
  }

  #draw() {
    this.renderer.render(this.scene, this.camera);
    this.frames += 1;
    this.drawn();
  }
}

/**
 * The canvas's WebGL 2. Where the processor would draw, edges stay as they are: smoothing costs it dearly.
 * @param {HTMLCanvasElement} canvas
 */
function contextOf(canvas) {
  const wanted = { alpha: true, depth: true, stencil: false, powerPreference: 'high-performance', preserveDrawingBuffer: false };
  const quick = canvas.getContext('webgl2', { ...wanted, antialias: true, failIfMajorPerformanceCaveat: true });
  const context = quick ?? canvas.getContext('webgl2', { ...wanted, antialias: false });
  if (!context) {
    throw new Trouble(
      'This browser cannot draw the room: it has no WebGL 2.',
      'Update it, switch on its hardware acceleration, or read the catalogue instead.',
    );
  }
  const said = context.getExtension('WEBGL_debug_renderer_info');
  const name = said ? String(context.getParameter(said.UNMASKED_RENDERER_WEBGL)) : '';
  return { context, software: !quick || /swiftshader|llvmpipe|software|basic render/i.test(name) };
}
