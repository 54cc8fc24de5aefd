/** A large file with progress. */

import { reach } from './show.js';
import { Trouble } from './trouble.js';

/**
 * The bytes of a file of this site.
 * @param {string} url
 * @param {number} expected bytes, as the show says: a compressed answer does not know
 * @param {(got: number, of: number) => void} progress
 * @returns {Promise<ArrayBuffer>}
 */
export async function download(url, expected, progress) {
  const answer = await reach(url);
  if (!answer.body) return answer.arrayBuffer();
  const parts = [];
  let got = 0;
  const reader = answer.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      got += value.length;
      progress(got, Math.max(expected, got));
    }
  } catch {
    throw new Trouble('The model stopped arriving.', 'Try again; what arrived before is kept by the browser.');
  }
  return new Blob(parts).arrayBuffer();
}

/**
 * "3.1 MB".
 * @param {number} bytes
 */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
