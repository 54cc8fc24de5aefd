/** The plaque: the words of the work in front of the visitor. */

import { gaze } from './stance.js';
import { size, who } from './show.js';
import { element } from './trouble.js';

const NEAR = 4.5; // metres
const AHEAD = Math.cos((32 * Math.PI) / 180);

/** A panel of the page. */
export class Plaque {
  /** @param {() => void} changed */
  constructor(changed) {
    this.panel = element('plaque');
    /** @type {?import('./show.js').Work} */
    this.work = null;
    const fold = element('fold-plaque');
    const folded = (/** @type {boolean} */ shut) => {
      this.panel.classList.toggle('folded', shut);
      fold.setAttribute('aria-expanded', String(!shut));
      changed();
    };
    fold.addEventListener('click', () => folded(!this.panel.classList.contains('folded')));
    if (matchMedia('(max-width: 720px)').matches) folded(true);
  }

  /** The share of the page's width that stays free when the panel is open, on both sides alike. */
  get free() {
    const { innerWidth } = window;
    const aside = innerWidth > 900 && !this.panel.classList.contains('folded');
    return aside ? Math.max(0.3, 1 - 720 / innerWidth) : 1;
  }

  /** @param {?import('./show.js').Work} work */
  show(work) {
    if (work === this.work) return;
    this.work = work;
    this.panel.hidden = !work;
    if (!work) return;
    element('plaque-title').textContent = work.title;
    element('plaque-who').textContent = who(work);
    element('plaque-text').textContent = work.text;
    element('plaque-size').textContent = size(work);
    element('plaque-alt').textContent = work.alt ? `To be seen: ${work.alt}` : '';
    element('fold-plaque').hidden = !(work.text || work.size_cm?.length);
  }
}

/**
 * The work that someone stands before and looks at, if any: near, ahead, and not across a wall's edge.
 * @param {import('./stance.js').Stance} stance
 * @param {import('./show.js').Work[]} works
 * @returns {?import('./show.js').Work}
 */
export function inFrontOf(stance, works) {
  const [gx, gy, gz] = gaze(stance);
  let best = null;
  let most = 0;
  for (const work of works) {
    const way = [work.centre[0] - stance.x, work.centre[1] - stance.y, work.centre[2] - stance.z];
    const far = Math.hypot(...way);
    const broad = Math.max(...work.high.map((high, axis) => high - work.low[axis])) / 2;
    const facing = (way[0] * gx + way[1] * gy + way[2] * gz) / Math.max(far, 1e-6);
    if (far > NEAR + broad || facing < AHEAD || turnedAway(work, stance)) continue;
    const worth = facing / (far + 0.5);
    if (worth > most) [best, most] = [work, worth];
  }
  return best;
}

/** Whether one stands behind a work that is to be seen from its stop's side. @param {any} work @param {any} stance */
function turnedAway({ stop, centre }, { x, z }) {
  if (!stop) return false;
  const [dx, , dz] = stop.direction;
  return (centre[0] - x) * dx + (centre[2] - z) * dz < 0.05;
}
