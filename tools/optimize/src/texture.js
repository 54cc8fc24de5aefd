/** RGBA8 pixels -> KTX2 with mipmaps, by Basis Universal's wasm.
 *
 * Item: {source, target, width, height, srgb, uastc, quality (ETC1S, 1-255), effort, clamped, rdo (UASTC)}.
 */

import BASIS from 'ktx2-encoder/basis';
import { readFileSync, writeFileSync } from 'node:fs';

let loaded;

export async function texture(item) {
  loaded ??= BASIS({ print: () => {}, printErr: () => {} }).then((module) => {
    module.initializeBasis();
    return module;
  });
  const pixels = new Uint8Array(readFileSync(item.source));
  writeFileSync(item.target, encode(await loaded, pixels, item));
}

function encode(basis, pixels, { width, height, srgb, uastc, quality, effort, clamped, rdo }) {
  const encoder = new basis.BasisEncoder();
  try {
    encoder.setCreateKTX2File(true);
    encoder.setUASTC(uastc);
    encoder.setKTX2UASTCSupercompression(true);
    encoder.setPerceptual(false); // weighing channels as video does tints what is nearly white
    encoder.setMipSRGB?.(srgb);
    encoder.setMipWrapping?.(!clamped);
    encoder.setKTX2AndBasisSRGBTransferFunc(srgb);
    encoder.setMipGen(true);
    if (uastc) {
      encoder.setPackUASTCFlags(effort);
      encoder.setRDOUASTC?.(true);
      encoder.setRDOUASTCQualityScalar?.(rdo);
    } else {
      encoder.setQualityLevel(quality);
      encoder.setETC1SCompressionLevel(effort);
    }
    if (!encoder.setSliceSourceImage(0, pixels, width, height, 0)) throw new Error('the pixels were refused');
    const room = new Uint8Array(Math.ceil(width * height * 4 * 1.4) + 65536);
    const length = encoder.encode(room);
    if (!length) throw new Error(`${width}x${height} pixels could not be encoded`);
    return room.slice(0, length);
  } finally {
    encoder.delete();
  }
}
