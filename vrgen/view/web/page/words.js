/** What the page says aloud to screen readers, and in passing to everyone. */

import { element } from './trouble.js';

let passing = 0;

/** Announce politely. @param {string} words */
export function say(words) {
  element('said').textContent = words;
}

/** Show a line for some seconds; it is announced too. @param {string} words */
export function note(words) {
  const line = element('note');
  line.textContent = words;
  line.hidden = false;
  clearTimeout(passing);
  passing = setTimeout(() => {
    line.hidden = true;
  }, 5000);
}
