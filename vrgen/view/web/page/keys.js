/** The keyboard: walking while keys are held, and one stroke for everything else. */

const HELD = {
  KeyW: ['ahead', 1], ArrowUp: ['ahead', 1], KeyS: ['ahead', -1], ArrowDown: ['ahead', -1],
  KeyD: ['right', 1], KeyA: ['right', -1], ArrowRight: ['right', 1], ArrowLeft: ['right', -1],
  Period: ['turn', 1], Comma: ['turn', -1], PageUp: ['tilt', 1], PageDown: ['tilt', -1],
};

/**
 * Listen on the whole page; what is typed into a field or a dialog is left alone.
 * @param {import('./walk.js').Walk} walk
 * @param {import('./stage.js').Stage} stage
 * @param {Record<string, (event: KeyboardEvent) => void>} strokes by `event.key` in lower case
 */
export function listen(walk, stage, strokes) {
  const down = new Set();
  const wish = () => {
    const sum = { right: 0, ahead: 0, turn: 0, tilt: 0 };
    for (const code of down) {
      const [axis, way] = HELD[code];
      sum[axis] = Math.max(-1, Math.min(1, sum[axis] + way));
    }
    Object.assign(walk.wish, sum);
    stage.wake();
  };
  addEventListener('keydown', (event) => {
    walk.wish.run = event.shiftKey;
    if (elsewhere(event)) return;
    if (event.code in HELD) {
      event.preventDefault();
      if (!down.has(event.code)) wish(down.add(event.code));
      return;
    }
    const stroke = strokes[event.key.toLowerCase()];
    if (!stroke || event.repeat) return;
    event.preventDefault();
    stroke(event);
  });
  addEventListener('keyup', (event) => {
    walk.wish.run = event.shiftKey;
    if (down.delete(event.code)) wish();
  });
  addEventListener('blur', () => {
    down.clear();
    wish();
  });
}

/** @param {KeyboardEvent} event */
function elsewhere(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  if (document.querySelector('dialog[open]')) return true;
  return event.target instanceof HTMLInputElement;
}
