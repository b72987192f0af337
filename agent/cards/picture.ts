/** QR codes as pictures (ISO/IEC 18004): written as PNG, SVG or text, read from PNG. */
import { PNG } from 'pngjs';
import encodeQr from 'qr';
import decodeQr from 'qr/decode.js';
import { WaslError } from '../domain/errors.js';

/** Largest picture that is read: a photograph of a phone. Decoded, each pixel takes 4 bytes. */
export const PICTURE_PIXELS_MAX = 50_000_000;

/** Largest file of a picture that is read. */
export const PICTURE_BYTES_MAX = 64 * 1024 * 1024;

/** Modules of white around a code (ISO/IEC 18004 §6.3.8). */
const QUIET_MODULES = 4;

/** Settings of a QR picture. */
export interface QrPictureOptions {
  /** Pixels of one module in a PNG; 8 unless given. */
  readonly scale?: number;
}

/** The modules of a code in alphanumeric mode at level Q, `true` for dark, without the quiet zone. Throws `ERR_CREDENTIAL_TEXT` for a text that fits no code. */
export function qrModules(text: string): readonly (readonly boolean[])[] {
  try {
    // The package writes a border of one module at least.
    const bordered = encodeQr(text, 'raw', { ecc: 'quartile', encoding: 'alphanumeric', border: 1 });
    return bordered.slice(1, -1).map((row) => row.slice(1, -1));
  } catch (cause) {
    throw new WaslError('ERR_CREDENTIAL_TEXT', 'this text does not fit a QR code in alphanumeric mode at level Q', {
      cause,
    });
  }
}

/** A code as a PNG in black and white with its quiet zone. */
export function qrPng(text: string, options: QrPictureOptions = {}): Uint8Array {
  const modules = qrModules(text);
  const scale = options.scale ?? 8;
  const side = (modules.length + 2 * QUIET_MODULES) * scale;
  const png = new PNG({ width: side, height: side, colorType: 0, inputColorType: 0, inputHasAlpha: false });
  png.data = Buffer.alloc(side * side, 0xff);
  for (const [y, row] of modules.entries()) {
    for (const [x, dark] of row.entries()) {
      if (!dark) continue;
      for (let line = 0; line < scale; line += 1) {
        const start = ((y + QUIET_MODULES) * scale + line) * side + (x + QUIET_MODULES) * scale;
        png.data.fill(0, start, start + scale);
      }
    }
  }
  return Uint8Array.from(PNG.sync.write(png, { colorType: 0, inputColorType: 0, inputHasAlpha: false }));
}

/** A code as an SVG of one path, one unit a module, with its quiet zone. Crisp at every size. */
export function qrSvg(text: string): string {
  const modules = qrModules(text);
  const side = modules.length + 2 * QUIET_MODULES;
  const path = modules.flatMap((row, y) =>
    darkRuns(row).map(({ start, length }) => `M${start + QUIET_MODULES} ${y + QUIET_MODULES}h${length}v1h-${length}z`),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges">`,
    `<rect width="${side}" height="${side}" fill="#fff"/>`,
    `<path d="${path.join('')}" fill="#000"/>`,
    '</svg>\n',
  ].join('');
}

/** The runs of dark modules in a row. */
export function darkRuns(row: readonly boolean[]): { readonly start: number; readonly length: number }[] {
  const runs: { start: number; length: number }[] = [];
  let start = -1;
  for (let x = 0; x <= row.length; x += 1) {
    const dark = row[x] === true;
    if (dark && start < 0) start = x;
    if (!dark && start >= 0) {
      runs.push({ start, length: x - start });
      start = -1;
    }
  }
  return runs;
}

/** Pictures are read once by a person who waits: more effort than a camera frame gets. */
const DECODE = { effort: 3, timeLimit: 5_000 } as const;

/**
 * The text of the QR code in a PNG. Throws `ERR_IMAGE` for a file that is no PNG, is too large, or shows no code that can be read.
 * The size is checked in the header, before anything is unpacked.
 */
export function readQrPng(file: Uint8Array): string {
  const png = unpack(file);
  for (const turned of [png, enlarged(png)]) {
    const text = decodeOne(turned);
    if (text !== null) return text;
  }
  throw new WaslError(
    'ERR_IMAGE',
    'no QR code can be read in this picture: take it sharper, straight and with white around it',
  );
}

interface Picture {
  readonly width: number;
  readonly height: number;
  /** RGBA, 4 bytes a pixel. */
  readonly data: Uint8Array;
}

const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const PNG_HEADER_BYTES = 33;

function unpack(file: Uint8Array): Picture {
  if (file.length > PICTURE_BYTES_MAX) throw new WaslError('ERR_IMAGE', 'the picture is too large');
  if (file.length < PNG_HEADER_BYTES || PNG_SIGNATURE.some((byte, at) => file[at] !== byte))
    throw new WaslError('ERR_IMAGE', 'this file is not a PNG');
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const pixels = view.getUint32(16) * view.getUint32(20);
  if (pixels === 0 || pixels > PICTURE_PIXELS_MAX) throw new WaslError('ERR_IMAGE', 'the picture is too large');
  try {
    const { width, height, data } = PNG.sync.read(Buffer.from(file));
    return { width, height, data: onWhite(data) };
  } catch (cause) {
    throw new WaslError('ERR_IMAGE', 'this PNG is damaged', { cause });
  }
}

/** A transparent background counts as paper. */
function onWhite(rgba: Uint8Array): Uint8Array {
  for (let at = 0; at < rgba.length; at += 4) {
    const alpha = rgba[at + 3] ?? 255;
    if (alpha === 255) continue;
    for (let channel = at; channel < at + 3; channel += 1)
      rgba[channel] = Math.round(((rgba[channel] ?? 0) * alpha + 255 * (255 - alpha)) / 255);
    rgba[at + 3] = 255;
  }
  return rgba;
}

function decodeOne(picture: Picture): string | null {
  try {
    return decodeQr(picture, DECODE);
  } catch {
    // The package throws whatever it stumbles over where there is no code.
    return null;
  }
}

const ENLARGE_SIDE_MAX = 1_000;
const ENLARGE_BY = 4;

/** A code of one or two pixels a module, as programs write it without a scale, is below what a camera decoder looks for. */
function enlarged(picture: Picture): Picture {
  const { width, height, data } = picture;
  if (Math.max(width, height) > ENLARGE_SIDE_MAX) return picture;
  const border = 4 * ENLARGE_BY;
  const [wide, high] = [width * ENLARGE_BY + 2 * border, height * ENLARGE_BY + 2 * border];
  const out = new Uint32Array(wide * high).fill(0xffff_ffff);
  const from = new Uint32Array(Uint8Array.from(data).buffer);
  for (let y = 0; y < height * ENLARGE_BY; y += 1) {
    for (let x = 0; x < width * ENLARGE_BY; x += 1) {
      const pixel = from[Math.floor(y / ENLARGE_BY) * width + Math.floor(x / ENLARGE_BY)] ?? 0;
      out[(y + border) * wide + x + border] = pixel;
    }
  }
  return { width: wide, height: high, data: new Uint8Array(out.buffer) };
}
