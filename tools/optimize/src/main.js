/** The encoder of `vrgen optimize` where no native one runs: `node main.js JOB.json` does what the job lists, on
 * several threads.
 *
 * A job is {"threads": 2, "items": [...]}; see texture.js for the items. One JSON line on stdout for every item
 * that is done: its index. A failure ends it with code 1
 * and one line on stderr. Every item is made by itself, so that the bytes do not depend on the threads.
 */

import { readFileSync } from 'node:fs';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { texture } from './texture.js';

if (isMainThread) await overseer(process.argv[2]);
else worker();

/** Hand the items out, the costliest first, to as many threads as there are items for. */
async function overseer(path) {
  const job = JSON.parse(readFileSync(path, 'utf8'));
  const waiting = job.items.map((item, index) => ({ item, index })).sort((a, b) => b.item.cost - a.item.cost);
  const count = Math.max(1, Math.min(job.threads, waiting.length));
  await Promise.all(Array.from({ length: count }, () => employ(waiting)));
}

/** One thread, until nothing is left. */
function employ(waiting) {
  return new Promise((done) => {
    const thread = new Worker(fileURLToPath(import.meta.url), { stdout: true });
    const next = () => {
      const task = waiting.shift();
      if (task) thread.postMessage(task);
      else thread.terminate().then(done);
    };
    thread.on('message', (said) => {
      console.log(JSON.stringify(said));
      next();
    });
    thread.on('error', (problem) => fail(problem));
    next();
  });
}

function fail(problem) {
  console.error(String(problem?.message ?? problem).split('\n')[0]);
  process.exit(1);
}

function worker() {
  console.log = () => {}; // the encoder talks
  parentPort.on('message', async ({ item, index }) => {
    try {
      await texture(item);
      parentPort.postMessage({ index });
    } catch (problem) {
      setImmediate(() => {
        throw new Error(`texture ${index}: ${problem?.message ?? problem}`);
      });
    }
  });
}
