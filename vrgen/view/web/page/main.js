/** The page: fetch the show, build the room, let the visitor in. */

import { Vector3 } from 'three';
import { download, megabytes } from './download.js';
import { Floor } from './floor.js';
import { Lit } from './lit.js';
import { watch } from './live.js';
import { readModel, release, unveil } from './model.js';
import { fetchShow } from './show.js';
import { Stage } from './stage.js';
import { stanceOf } from './stance.js';
import { confess, element, Trouble } from './trouble.js';
import { Visit } from './visit.js';
import { Walk } from './walk.js';
import { note } from './words.js';

const EYES = 1.6; // metres above the floor, where nothing else is known

/** Everything that makes the page. */
class Page {
  constructor() {
    this.stage = new Stage(element('room'));
    /** @type {?import('./model.js').Model} */
    this.model = null;
    this.loading = false;
  }

  /** From nothing to the first picture. */
  async open() {
    const show = await fetchShow();
    performance.mark('show');
    this.#name(show);
    const bytes = await download(show.glb.url, show.glb.bytes, progress);
    performance.mark('bytes');
    const model = await this.#read(show, bytes);
    performance.mark('model');
    this.#enter(show, model);
    this.visit.follow(true);
    const decoded = unveil(model, this.stage.camera, () => this.stage.wake());
    this.stage.begin(); // while pictures are decoded beside
    model.pictures.sharpen();
    await Promise.all([decoded, this.#shine()]);
    performance.mark('pictures');
    await this.#firstFrame();
    document.documentElement.dataset.state = 'ready';
    this.#immersion();
    if (show.live) watch((again) => (again ? location.reload() : this.#reload()));
  }

  /** @param {import('./show.js').Show} show */
  #name(show) {
    document.title = show.title;
    element('title').textContent = element('curtain-title').textContent = show.title;
    element('maker').textContent = `Made with ${show.generator}.`;
    element('catalogue').href = show.catalogue;
  }

  /** @param {import('./show.js').Show} show @param {ArrayBuffer} bytes */
  async #read(show, bytes) {
    if (show.needs.ktx2) this.stage.begin(); // what it decodes to depends on the graphics card
    const [model, background] = await Promise.all([readModel(bytes, show.needs, this.stage), radiance(show.background)]);
    this.background = background;
    return model;
  }

  /** A model takes the place of the one before. @param {import('./show.js').Show} show @param {import('./model.js').Model} model */
  #enter(show, model) {
    const { stage } = this;
    const floor = new Floor(show.floor, show.route, heightOf(show));
    stage.camera.far = Math.max(100, model.box.min.distanceTo(model.box.max) * 2);
    stage.light(show, this.background);
    if (this.visit) this.walk.floor = floor;
    else {
      this.walk = new Walk(stage, floor, stanceOf(show.start));
      this.visit = new Visit(stage, this.walk);
      stage.moving = (seconds) => this.visit.move(seconds);
    }
    if (this.model) release(this.model);
    stage.scene.add(model.root);
    this.model = model;
    this.show = show;
    this.lit = new Lit(model);
    this.shone = null;
    this.visit.enter(show, model);
    this.visit.looked = () => this.#shine();
  }

  /** Light for what has come into sight and needs it. */
  async #shine() {
    const eye = this.stage.camera.getWorldPosition(new Vector3());
    if (this.lit.see(eye)) await this.lightUp();
  }

  /** Fetch what lights the scene, once. */
  lightUp() {
    const { show } = this;
    this.shone ??= radiance(show.environment).then((sky) => this.stage.lightUp(show, sky));
    return this.shone;
  }

  /** Until the picture is on the screen. */
  #firstFrame() {
    return new Promise((shown) => {
      this.stage.drawn = () => {
        this.stage.drawn = () => {};
        performance.mark('first frame');
        element('curtain').classList.add('open');
        element('curtain').setAttribute('inert', '');
        shown(undefined);
      };
      this.stage.open = true;
      this.stage.wake();
    });
  }

  /** The file has changed: its new content takes the place of the old, the visitor stays where she is. */
  async #reload() {
    if (this.loading) {
      this.again = true;
      return;
    }
    this.loading = true;
    try {
      const show = await fetchShow();
      const bytes = await download(show.glb.url, show.glb.bytes, () => {});
      const model = await this.#read(show, bytes);
      model.pictures.sharpen();
      await unveil(model, this.stage.camera, () => this.stage.wake());
      this.#enter(show, model);
      await this.#shine();
      this.#name(show);
      this.immersion?.changed(show, model);
      this.stage.wake();
      note('The gallery has changed; this is how it is now.');
      document.documentElement.dataset.reloads = String(Number(document.documentElement.dataset.reloads ?? 0) + 1);
    } catch (problem) {
      note(`The gallery has changed, but cannot be shown: ${problem?.message ?? problem}`);
    }
    this.loading = false;
    if (this.again) {
      this.again = false;
      this.#reload();
    }
  }

  /** Headsets and phones' cameras are offered where the browser has them. */
  async #immersion() {
    if (!navigator.xr) return;
    const { Immersion } = await import('./immersion.js');
    this.immersion = new Immersion(this.stage, this.visit, () => this.lightUp());
    this.immersion.changed(this.show, this.model);
    await this.immersion.offer();
  }
}

/** A sky, linear, cd/m2; nothing where none is said. @param {?{url: string}} [said] */
async function radiance(said) {
  if (!said) return null;
  const { HDRLoader } = await import('three/addons/loaders/HDRLoader.js');
  return new HDRLoader().loadAsync(said.url).catch(() => {
    throw new Trouble('The sky of this show cannot be read.', 'Reload; if it stays, make the page again.');
  });
}

/** Galleries stand on zero; elsewhere the floor is where the start's feet are. @param {import('./show.js').Show} show */
function heightOf(show) {
  return show.floor.length ? 0 : show.start.position[1] - EYES;
}

/** @param {number} got @param {number} of */
function progress(got, of) {
  element('progress').value = of ? got / of : 0;
  element('progress-words').textContent = got < of ? `${megabytes(got)} of ${megabytes(of)}` : 'Hanging the works';
}

document.documentElement.dataset.state = 'loading';
try {
  const page = new Page();
  globalThis.vrgen = page; // for the curious, and for tests
  page.open().catch(confess);
} catch (problem) {
  confess(problem);
}
