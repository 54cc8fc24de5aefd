// Khronos' validator on one or more files: node tools/check/validate.mjs FILE...; prints one JSON report a line.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const validator = createRequire(import.meta.url)("gltf-validator");

for (const file of process.argv.slice(2)) {
  const folder = path.dirname(path.resolve(file));
  const external = async (uri) => new Uint8Array(fs.readFileSync(path.join(folder, decodeURIComponent(uri))));
  const bytes = new Uint8Array(fs.readFileSync(file));
  const report = await validator.validateBytes(bytes, { uri: path.basename(file), externalResourceFunction: external });
  console.log(JSON.stringify(report));
}
