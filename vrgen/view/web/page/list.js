/** The drawer with all works: a picture, a title, a way there. */

import { say } from './words.js';
import { who } from './show.js';
import { element } from './trouble.js';

/** Fill and filter the drawer. */
export class List {
  /** @param {(work: import('./show.js').Work) => void} chosen */
  constructor(chosen) {
    this.dialog = element('works');
    this.list = element('list');
    this.chosen = chosen;
    /** @type {{work: import('./show.js').Work, item: HTMLElement, said: string}[]} */
    this.entries = [];
    element('filter').addEventListener('input', () => this.#filter());
    element('filter').addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      const first = this.entries.find(({ item }) => !item.hidden);
      if (event.key === 'Enter' && first) this.#choose(first.work);
    });
  }

  /** @param {import('./show.js').Work[]} works */
  fill(works) {
    this.entries = works.map((work) => ({
      work,
      item: this.#item(work),
      said: `${work.title} ${who(work)}`.toLowerCase(),
    }));
    const nothing = document.createElement('li');
    nothing.className = 'nothing';
    nothing.textContent = works.length ? 'No work is called that.' : 'This show has no works with a plaque.';
    this.nothing = nothing;
    this.list.replaceChildren(...this.entries.map(({ item }) => item), nothing);
    this.#filter();
  }

  /** @param {?import('./show.js').Work} current */
  open(current) {
    for (const { work, item } of this.entries) {
      const button = /** @type {HTMLElement} */ (item.firstElementChild);
      if (work === current) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    }
    element('filter').value = '';
    this.#filter();
    this.dialog.showModal();
    if (matchMedia('(pointer: fine)').matches) element('filter').focus(); // on phones it would call the keyboard
    this.list.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }

  /** @param {import('./show.js').Work} work */
  #choose(work) {
    this.dialog.close();
    this.chosen(work);
  }

  #filter() {
    const words = element('filter').value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const { item, said } of this.entries) {
      item.hidden = !words.every((word) => said.includes(word));
      found += Number(!item.hidden);
    }
    if (this.nothing) this.nothing.hidden = found > 0;
    if (words.length) say(`${found} of ${this.entries.length} works`);
  }

  /** @param {import('./show.js').Work} work */
  #item(work) {
    const item = document.createElement('li');
    const button = document.createElement('button');
    const frame = document.createElement('span');
    frame.className = 'frame';
    if (work.thumbnail) {
      const image = new Image();
      image.loading = 'lazy';
      image.decoding = 'async';
      image.src = work.thumbnail;
      image.alt = work.alt;
      frame.append(image);
    }
    const words = document.createElement('span');
    words.append(line('name', work.title), line('who', who(work)));
    button.append(frame, words);
    button.addEventListener('click', () => this.#choose(work));
    item.append(button);
    return item;
  }
}

/** @param {string} kind @param {string} words */
function line(kind, words) {
  const span = document.createElement('span');
  span.className = kind;
  span.textContent = words;
  return span;
}
