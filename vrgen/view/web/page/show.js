/** What the server says about a show: `show.json`, read and checked. */

import { Trouble } from './trouble.js';

/**
 * @typedef {[number, number, number]} Vector metres, glTF's frame: +Y up, -Z ahead
 * @typedef {{position: Vector, direction: Vector}} Stop where one stands and looks
 * @typedef {object} Work
 * @property {string} node name of its node in the model
 * @property {string} title
 * @property {string} artist
 * @property {string} year
 * @property {string} text
 * @property {string} alt
 * @property {number[]} size_cm width, height and depth, as far as they are known
 * @property {Vector} centre
 * @property {Vector} low
 * @property {Vector} high
 * @property {?Stop} stop
 * @property {?string} thumbnail
 * @property {?string} image a model of the work alone
 *
 * @typedef {object} Show
 * @property {number} version
 * @property {string} title
 * @property {string} generator
 * @property {{url: string, bytes: number}} glb
 * @property {number} exposure
 * @property {?{url: string, factor: number}} environment what lights the scene, without the sun
 * @property {?{url: string, factor: number}} [background] what stands behind it
 * @property {?{direction: Vector, colour: Vector, lux: number}} [sun]
 * @property {{ktx2: boolean, draco: boolean, meshopt: boolean}} needs
 * @property {boolean} lit
 * @property {Stop & {yfov: number}} start
 * @property {[number, number][][]} floor
 * @property {[number, number][]} route
 * @property {boolean} live
 * @property {Work[]} works
 * @property {string} catalogue
 */

const KNOWN = 1;

/**
 * The show as the server has it now.
 * @returns {Promise<Show>}
 */
export async function fetchShow() {
  const answer = await reach('show.json');
  const show = await answer.json().catch(() => {
    throw new Trouble('The list of this show cannot be read.', 'Make the page again, then reload.');
  });
  if (show.version !== KNOWN) {
    throw new Trouble(
      `This show speaks version ${show.version}; the page knows ${KNOWN}.`,
      'Reload without the cache, or make the page again.',
    );
  }
  return show;
}

/**
 * A file of this site, or a sentence that says why not.
 * @param {string} url relative to the page
 * @returns {Promise<Response>}
 */
export async function reach(url) {
  let answer;
  try {
    answer = await fetch(url, { cache: 'no-cache' });
  } catch {
    throw new Trouble('The gallery cannot be reached.', 'Is the server still running, and the network up?');
  }
  if (answer.status === 401 || answer.status === 403) {
    throw new Trouble('The gallery did not let this browser in.', 'Open the address that the server printed, whole.');
  }
  if (!answer.ok) {
    throw new Trouble(`The gallery answered ${answer.status} for ${url}.`, 'Reload; if it stays, make the page again.');
  }
  return answer;
}

/**
 * Artist and year, as far as they are known.
 * @param {Work} work
 */
export function who(work) {
  return [work.artist, work.year].filter(Boolean).join(', ');
}

/**
 * "120.0 x 40.0 cm", or nothing.
 * @param {Work} work
 */
export function size(work) {
  if (!work.size_cm?.length) return '';
  const sides = work.size_cm.map((side) => side.toLocaleString(undefined, { maximumFractionDigits: 1 }));
  return `${sides.join(' × ')} cm`;
}
