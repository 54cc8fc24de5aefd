/** Words in the room: a dark card drawn on a canvas, with the same look as the panels of the page. */

import { CanvasTexture, LinearFilter, Mesh, MeshBasicMaterial, PlaneGeometry, SRGBColorSpace } from 'three';

export const INK = '#eceae5';
export const FAINT = '#b8b6b1';
const PANEL = 'rgb(20 21 24 / 0.94)';
const LINE = 'rgb(236 234 229 / 0.16)';
const SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const SERIF = '"Iowan Old Style", "Palatino Linotype", Palatino, Georgia, serif';
const WIDE = 1000; // pixels

/** A rectangle with a canvas on it; one metre wide times its scale. */
export class Card extends Mesh {
  constructor() {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 2;
    super(new PlaneGeometry(1, 1), new MeshBasicMaterial({ transparent: true, depthTest: false, toneMapped: false }));
    this.canvas = canvas;
    this.renderOrder = 50;
    this.visible = false;
  }

  /**
   * Draw anew.
   * @param {number} height pixels, for a width of 1000
   * @param {(pen: CanvasRenderingContext2D) => void} draw
   */
  paint(height, draw) {
    this.canvas.width = WIDE;
    this.canvas.height = Math.ceil(height);
    const pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext('2d'));
    pen.clearRect(0, 0, WIDE, height);
    pen.textBaseline = 'alphabetic';
    draw(pen);
    this.material.map?.dispose();
    const texture = new CanvasTexture(this.canvas);
    texture.colorSpace = SRGBColorSpace;
    texture.anisotropy = 4;
    texture.magFilter = LinearFilter;
    this.material.map = texture;
    this.material.needsUpdate = true;
    this.ratio = height / WIDE;
  }

  /** How wide it is. @param {number} metres */
  size(metres) {
    this.scale.set(metres, metres * (this.ratio ?? 1), 1);
  }

  /**
   * A title, a fainter line and a text.
   * @param {string} title
   * @param {string} under
   * @param {string} text
   */
  say(title, under, text) {
    const pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext('2d'));
    const lines = [
      ...wrapped(pen, title, font(64, SERIF)).map((words) => ({ words, size: 64, face: SERIF, ink: INK, gap: 1.22 })),
      ...wrapped(pen, under, font(40)).map((words) => ({ words, size: 40, face: SANS, ink: FAINT, gap: 1.4 })),
      ...wrapped(pen, text, font(42)).map((words, index) => ({ words, size: 42, face: SANS, ink: INK, gap: index ? 1.42 : 2 })),
    ];
    const height = 110 + lines.reduce((sum, { size, gap }) => sum + size * gap, 0);
    this.paint(height, (ink) => {
      panel(ink, 0, 0, WIDE, height, 28);
      let y = 40;
      for (const line of lines) {
        y += line.size * line.gap;
        ink.font = font(line.size, line.face);
        ink.fillStyle = line.ink;
        ink.fillText(line.words, 64, y);
      }
    });
  }

  /** Give it back. */
  dispose() {
    this.removeFromParent();
    this.material.map?.dispose();
    this.material.dispose();
    this.geometry.dispose();
  }
}

/** A rounded panel. @param {CanvasRenderingContext2D} pen @param {number} x @param {number} y @param {number} w @param {number} h @param {number} r @param {string} [fill] */
export function panel(pen, x, y, w, h, r, fill = PANEL) {
  pen.beginPath();
  pen.roundRect(x + 2, y + 2, w - 4, h - 4, r);
  pen.fillStyle = fill;
  pen.fill();
  pen.lineWidth = 3;
  pen.strokeStyle = LINE;
  pen.stroke();
}

/** @param {number} size @param {string} [face] */
export function font(size, face = SANS) {
  return `500 ${size}px ${face}`;
}

/** @param {CanvasRenderingContext2D} pen @param {string} words @param {string} face @returns {string[]} */
function wrapped(pen, words, face) {
  pen.font = face;
  const lines = [];
  for (const paragraph of words.split('\n').filter(Boolean)) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      const longer = line ? `${line} ${word}` : word;
      if (line && pen.measureText(longer).width > WIDE - 128) {
        lines.push(line);
        line = word;
      } else line = longer;
    }
    lines.push(line);
  }
  return lines;
}
