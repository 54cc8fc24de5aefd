/** RGBA8 pixels -> KTX2 with mipmaps, by Basis Universal, and back, as a headset will see them.
 *
 * Item: {source, target, decoded, width, height, srgb, uastc, quality (ETC1S, 1-255), effort}.
 */

import BASIS from 'ktx2-encoder/basis';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const RGBA32 = 13;
let loaded;

export async function texture(item, folder) {
  loaded ??= BASIS({ print: () => {}, printErr: () => {} }).then((module) => {
    module.initializeBasis();
    return module;
  });
  const basis = await loaded;
  const pixels = new Uint8Array(readFileSync(join(folder, item.source)));
  const data = encode(basis, pixels, item);
  writeFileSync(join(folder, item.target), data);
  writeFileSync(join(folder, item.decoded), decode(basis, data));
  return { bytes: data.length };
}

function encode(basis, pixels, { width, height, srgb, uastc, quality, effort }) {
  const encoder = new basis.BasisEncoder();
  try {
    encoder.setCreateKTX2File(true);
    encoder.setUASTC(uastc);
    encoder.setKTX2UASTCSupercompression(true);
    encoder.setPerceptual(false); // weighing channels as video does tints what is nearly white
    encoder.setMipSRGB?.(srgb);
    encoder.setKTX2AndBasisSRGBTransferFunc(srgb);
    encoder.setMipGen(true);
    if (uastc) encoder.setPackUASTCFlags(effort);
    else {
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

function decode(basis, data) {
  const file = new basis.KTX2File(data);
  try {
    if (!file.isValid() || !file.startTranscoding()) throw new Error('what was encoded cannot be decoded');
    const pixels = new Uint8Array(file.getImageTranscodedSizeInBytes(0, 0, 0, RGBA32));
    if (!file.transcodeImage(pixels, 0, 0, 0, RGBA32, 0, -1, -1)) throw new Error('the transcoder failed');
    return pixels;
  } finally {
    file.close();
    file.delete();
  }
}
