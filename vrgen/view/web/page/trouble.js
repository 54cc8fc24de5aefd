/** What goes wrong is said in words: what happened, and what to do. */

/** An error with two sentences for the visitor. */
export class Trouble extends Error {
  /**
   * @param {string} what what happened
   * @param {string} advice what to do about it
   */
  constructor(what, advice) {
    super(what);
    this.name = 'Trouble';
    this.advice = advice;
  }
}

/**
 * Cover the page with the trouble.
 * @param {unknown} problem
 */
export function confess(problem) {
  const known = problem instanceof Trouble;
  element('trouble-title').textContent = known ? problem.message : 'The gallery cannot be shown.';
  element('trouble-words').textContent = known ? problem.advice : `The browser says: ${problem?.message ?? problem}`;
  element('trouble').hidden = false;
  element('curtain').hidden = true;
  document.documentElement.dataset.state = 'trouble';
  element('again').onclick = () => location.reload();
  element('again').focus();
}

/**
 * A promise that fails with words when it takes too long: decoders that a policy blocks never answer.
 * @template T
 * @param {Promise<T>} promise
 * @param {number} seconds
 * @param {Trouble} trouble
 * @returns {Promise<T>}
 */
export function within(promise, seconds, trouble) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(trouble), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/**
 * An element of the page by id.
 * @param {string} id
 * @returns {any}
 */
export function element(id) {
  return document.getElementById(id);
}
