/** Mouse and fingers: one looks, two walk, the wheel steps, a tap goes. */

import { Ray, Vector2, Raycaster } from 'three';

const DEGREES_A_PIXEL = 0.18;
const TAP = { pixels: 8, seconds: 0.5 };
const METRES_A_PIXEL = 0.008;

/**
 * Listen on the canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {import('./walk.js').Walk} walk
 * @param {import('./stage.js').Stage} stage
 * @param {{tap: (ray: Ray) => void, over: (ray: Ray) => boolean}} does
 */
export function follow(canvas, walk, stage, does) {
  /** @type {Map<number, {x: number, y: number}>} */
  const fingers = new Map();
  let travelled = 0;
  let began = 0;
  const caster = new Raycaster();
  const rayAt = (/** @type {PointerEvent} */ event) => {
    const box = canvas.getBoundingClientRect();
    const at = new Vector2(((event.clientX - box.left) / box.width) * 2 - 1, 1 - ((event.clientY - box.top) / box.height) * 2);
    stage.camera.updateMatrixWorld();
    caster.setFromCamera(at, stage.camera);
    return caster.ray.clone();
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    if (!fingers.size) [travelled, began] = [0, event.timeStamp];
    if (fingers.size) travelled = Infinity; // two fingers are no tap
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  canvas.addEventListener('pointermove', (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === 'mouse') canvas.classList.toggle('over-work', does.over(rayAt(event)));
      return;
    }
    const [right, down] = [event.clientX - before.x, event.clientY - before.y];
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    travelled += Math.hypot(right, down);
    if (travelled <= TAP.pixels) return;
    // The picture is dragged, as in a panorama: the gaze turns against the pointer.
    if (fingers.size === 1) walk.turn(-right * DEGREES_A_PIXEL, down * DEGREES_A_PIXEL);
    else walk.shift((-right * METRES_A_PIXEL) / fingers.size, (down * METRES_A_PIXEL) / fingers.size);
  });
  const up = (/** @type {PointerEvent} */ event) => {
    if (!fingers.delete(event.pointerId) || fingers.size || event.type === 'pointercancel') return;
    if (travelled <= TAP.pixels && event.timeStamp - began < TAP.seconds * 1000) does.tap(rayAt(event));
  };
  canvas.addEventListener('pointerup', up);
  canvas.addEventListener('pointercancel', up);
  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? event.deltaY * 33 : event.deltaY;
    walk.shift(0, Math.max(-0.6, Math.min(0.6, -pixels * 0.004)));
  }, { passive: false });
}

/**
 * The pad of touch screens: a thumb's way from its middle is the wish to walk.
 * @param {HTMLElement} pad
 * @param {import('./walk.js').Walk} walk
 * @param {import('./stage.js').Stage} stage
 */
export function pad(pad, walk, stage) {
  const knob = /** @type {HTMLElement} */ (pad.firstElementChild);
  const reach = 42;
  const wish = (/** @type {number} */ x, /** @type {number} */ y) => {
    const far = Math.hypot(x, y);
    const share = far > reach ? reach / far : 1;
    knob.style.transform = `translate(${x * share}px, ${y * share}px)`;
    walk.wish.right = (x * share) / reach;
    walk.wish.ahead = (-y * share) / reach;
    stage.wake();
  };
  const moved = (/** @type {PointerEvent} */ event) => {
    if (!pad.hasPointerCapture(event.pointerId)) return;
    const box = pad.getBoundingClientRect();
    wish(event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2);
  };
  pad.addEventListener('pointerdown', (event) => {
    pad.setPointerCapture(event.pointerId);
    moved(event);
  });
  pad.addEventListener('pointermove', moved);
  for (const end of ['pointerup', 'pointercancel']) pad.addEventListener(end, () => wish(0, 0));
}
