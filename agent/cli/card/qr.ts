import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { claimsOf, parseOrder } from '../../cards/order.js';
import { qrPng, qrSvg } from '../../cards/picture.js';
import { issueCredential, qrText } from '../../credential/issue.js';
import { WaslError } from '../../domain/errors.js';
import { fileError, readJsonFile } from '../../files.js';
import { processOutput } from '../shared/output.js';
import { issuerFrom, nowSeconds } from './issuer.js';
import { positive } from './options.js';
import { instant } from './trust.js';

interface QrOptions {
  readonly text?: string;
  readonly order?: string;
  readonly issuer?: string;
  readonly at?: number;
  readonly out?: string;
  readonly scale: number;
  readonly json?: boolean;
}

/** `wasl card qr`: a credential as a QR code, in a file whose ending says which kind, or as text. */
export function qrCardCommand(): Command {
  return new Command('qr')
    .description('write a QR code: of a text, or of a new credential for paper (--order with --issuer)')
    .option('--text <qr>', 'the text of the code')
    .option('--order <json>', 'sign a new credential for the person in this file')
    .option('--issuer <folder or file>', "an authority's folder, or a file with the issuer's private seed")
    .option('--at <time>', 'time of issue (default: now)', instant)
    .option('--out <file>', 'ends in .png, .svg or .txt (default: the text on standard output)')
    .option('--scale <pixels>', 'pixels of one module in a PNG', positive, 8)
    .option('--json', 'print one JSON object')
    .action(async (options: QrOptions) => {
      const output = processOutput(options.json === true);
      const text = await textOf(options);
      if (options.out === undefined) output.line(text);
      else await writeCode(options.out, text, options.scale);
      if (options.out !== undefined) output.line(`Wrote ${options.out}.`);
      output.result({ ok: true, text, out: options.out ?? null });
    });
}

async function textOf({ text, order, issuer, at }: QrOptions): Promise<string> {
  if (text !== undefined && order === undefined) return text;
  if (text !== undefined || order === undefined || issuer === undefined)
    throw new WaslError('ERR_USAGE', 'say what the code is of: --text QR, or --order FILE with --issuer');
  const issuedAt = at ?? nowSeconds();
  const claims = claimsOf(parseOrder(await readJsonFile(order), order), { layout: 0, uid: null }, issuedAt);
  return qrText(issueCredential(claims, await issuerFrom(issuer)));
}

/** Writes a code into a file as its ending says. Rejects with `ERR_USAGE` for another ending, `ERR_DATA_FILE`. */
export async function writeCode(path: string, text: string, scale = 8): Promise<void> {
  const content = codeFile(path, text, scale);
  try {
    await writeFile(path, content, { flush: true });
  } catch (cause) {
    throw fileError('ERR_DATA_FILE', path, cause);
  }
  const back = await readFile(path);
  if (Buffer.compare(back, Buffer.from(content)) !== 0)
    throw new WaslError('ERR_DATA_FILE', `${path} does not read back`);
}

function codeFile(path: string, text: string, scale: number): Uint8Array | string {
  if (path.endsWith('.png')) return qrPng(text, { scale });
  if (path.endsWith('.svg')) return qrSvg(text);
  if (path.endsWith('.txt')) return `${text}\n`;
  throw new WaslError('ERR_USAGE', `${path} does not say what to write: end it in .png, .svg or .txt`);
}
