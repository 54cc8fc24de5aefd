/** Bundle the page of vrgen/view/web/page with three.js into assets/page: one folder that needs no other. */

import { build } from 'esbuild';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const top = join(here, '..', '..');
const source = join(top, 'vrgen', 'view', 'web', 'page');
const finished = process.argv[2] ?? join(top, 'assets', 'page');
const target = join(dirname(finished), `.page-${process.pid}`); // whole or not at all
const three = join(here, 'node_modules', 'three');

await rm(target, { recursive: true, force: true });
await mkdir(join(target, 'page', 'decoders'), { recursive: true });
const { metafile } = await build({
  entryPoints: [join(source, 'main.js'), join(source, 'style.css')],
  outdir: join(target, 'page'),
  nodePaths: [join(here, 'node_modules')],
  bundle: true,
  splitting: true,
  format: 'esm',
  minify: true,
  target: ['chrome108', 'firefox115', 'safari16'],
  chunkNames: 'chunk-[hash]',
  legalComments: 'none', // they stand in licences.txt
  logLevel: 'warning',
  metafile: true,
});

// What main.js imports at once is fetched beside it, not after it.
const entry = Object.entries(metafile.outputs).find(([, made]) => made.entryPoint?.endsWith('/main.js'));
const beside = entry[1].imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => basename(path));
const links = beside.map((name) => `<link rel="modulepreload" href="page/${name}">\n`).join('');
const html = await readFile(join(source, 'index.html'), 'utf8');
await writeFile(join(target, 'index.html'), html.replace('<script ', `${links}<script `));
await cp(join(source, 'icon.svg'), join(target, 'page', 'icon.svg'));
for (const [folder, names] of Object.entries({
  draco: ['draco_wasm_wrapper.js', 'draco_decoder.wasm'],
  basis: ['basis_transcoder.js', 'basis_transcoder.wasm'],
})) {
  const from = join(three, 'examples', 'jsm', 'libs', folder);
  for (const name of names) await cp(join(from, name), join(target, 'page', 'decoders', folder, name));
}
await writeFile(join(target, 'page', 'licences.txt'), await licences());
await rm(finished, { recursive: true, force: true });
await rename(target, finished);

/** What the licences of the bundled libraries ask to be handed on. */
async function licences() {
  const { version } = JSON.parse(await readFile(join(three, 'package.json'), 'utf8'));
  const mit = await readFile(join(three, 'LICENSE'), 'utf8');
  const apache = await readFile(join(top, 'LICENSE'), 'utf8');
  return [
    'The page of vrgen contains, besides vrgen itself (Apache-2.0):',
    `\nthree.js ${version}, https://threejs.org\n\n${mit}`,
    'meshoptimizer (decoder), https://github.com/zeux/meshoptimizer, MIT\nCopyright (c) 2016-2026 Arseny Kapoulkine',
    'Draco (decoders/draco), https://github.com/google/draco, Apache-2.0\nCopyright 2016 The Draco Authors',
    'Basis Universal (decoders/basis), https://github.com/BinomialLLC/basis_universal, Apache-2.0\n' +
      'Copyright 2019-2026 Binomial LLC',
    'ktx-parse and zstddec (with KTX2), https://github.com/donmccurdy, MIT\nCopyright (c) Don McCurdy',
    `\nThe MIT licence is printed above with three.js; this is Apache-2.0:\n\n${apache}`,
  ].join('\n\n');
}
