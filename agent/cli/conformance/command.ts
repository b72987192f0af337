import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Argument, Command, Option } from 'commander';
import type { PresentedCard, Reader } from '../../../drivers/reader.js';
import { type ConformanceReport, runChecks } from '../../cards/conformance.js';
import { claimsOf, parseOrder } from '../../cards/order.js';
import { readQrPng } from '../../cards/picture.js';
import { issueCredential, qrText } from '../../credential/issue.js';
import { signerFromSeed, verifierFromKey } from '../../credential/signature.js';
import { WaslError } from '../../domain/errors.js';
import { fileError } from '../../files.js';
import { systemRandom } from '../../system.js';
import { nowSeconds } from '../card/issuer.js';
import { placeOptions, trustOptions } from '../card/options.js';
import { type PlaceOptions, readerNamed, withCard } from '../card/place.js';
import { type CardTrust, cardTrust, type TrustOptions } from '../card/trust.js';
import { type Output, processOutput } from '../shared/output.js';
import { simulatorModule } from '../shared/plugin.js';
import { cardChecks } from './card.js';
import { qrChecks } from './qr.js';
import { type Hands, readerChecks } from './reader.js';

const SUBJECTS = ['reader', 'card', 'qr'] as const;
const KINDS = ['ntag213', 'ntag215', 'ntag216', 'type4', 'qr'] as const;

interface ConformanceOptions extends PlaceOptions, TrustOptions {
  readonly simulated?: (typeof KINDS)[number];
  readonly via: 'pcscd' | 'twn4' | 'process';
  readonly broken?: boolean;
  readonly text?: string;
  readonly image?: string;
  readonly json?: boolean;
}

/** What `simulators/conformance/rig.ts` offers. */
interface RigModule {
  cardInProcess(kind: string, isBroken: boolean): Promise<CardRig>;
  cardOnPcsc(kind: string, isBroken: boolean): Promise<CardRig>;
  cardOnTwn4(kind: string, isBroken: boolean): Promise<CardRig>;
  readerOnPcsc(kind: string, isBroken: boolean): Promise<ReaderRig>;
  readerOnTwn4(kind: string, isBroken: boolean): Promise<ReaderRig>;
  scannerOnPty(text: string, isBroken: boolean): Promise<ReaderRig>;
}

interface ReaderRig extends Hands {
  readonly reader: Reader;
  close(): Promise<void>;
}

interface CardRig {
  readonly card: PresentedCard;
  readonly where: string;
  close(): Promise<void>;
}

/** `wasl conformance reader|card|qr`: a report of what a reader, a card or a code does. Exit status 1 where one check fails. */
export function conformanceCommand(): Command {
  const command = new Command('conformance')
    .description('check a reader, a blank card or a QR code against what Wasl relies on; a card is written to')
    .addArgument(new Argument('<what>', 'what to check').choices(SUBJECTS))
    .addOption(new Option('--simulated <kind>', 'a simulated one in the place of a real one').choices(KINDS))
    .addOption(
      new Option(
        '--via <way>',
        'simulated: through a real pcscd of its own, a TWN4 on a pseudo-terminal, or inside this process',
      )
        .choices(['pcscd', 'twn4', 'process'])
        .default('process'),
    )
    .option('--broken', 'simulated: broken on purpose, to see the report turn red')
    .option('--text <qr>', 'the code to check')
    .option('--image <png>', 'a picture of the code to check');
  return trustOptions(placeOptions(command))
    .option('--json', 'print one JSON object')
    .action(async (what: (typeof SUBJECTS)[number], options: ConformanceOptions) => {
      const output = processOutput(options.json === true);
      const report = await CHECKERS[what](options, output);
      tell(report, output);
      output.result(report);
      if (!report.ok) process.exitCode = 1;
    });
}

const CHECKERS: Readonly<
  Record<(typeof SUBJECTS)[number], (options: ConformanceOptions, output: Output) => Promise<ConformanceReport>>
> = {
  card: checkCard,
  qr: checkQr,
  reader: checkReader,
};

async function checkCard(options: ConformanceOptions): Promise<ConformanceReport> {
  const { simulated, via } = options;
  if (simulated === 'qr') throw new WaslError('ERR_USAGE', 'a code is checked with "wasl conformance qr"');
  if (simulated === undefined) return await withCard(options, ({ card, where }) => runChecks(where, cardChecks(card)));
  const rig = await simulatorModule<RigModule>('conformance/rig');
  const open = { pcscd: rig.cardOnPcsc, twn4: rig.cardOnTwn4, process: rig.cardInProcess }[via];
  const { card, where, close } = await open(simulated, options.broken === true);
  return await runChecks(where, cardChecks(card)).finally(close);
}

async function checkQr(options: ConformanceOptions): Promise<ConformanceReport> {
  if (options.simulated !== undefined) return await checkSimulatedCode(options);
  const trust = await cardTrust(options);
  return await runChecks('the code', qrChecks(await codeOf(options), trust));
}

async function codeOf(options: ConformanceOptions): Promise<string> {
  const { text, image, reader } = options;
  if (text !== undefined) return text;
  if (image !== undefined) {
    const file = await readFile(image).catch((cause: unknown) => {
      throw fileError('ERR_DATA_FILE', image, cause);
    });
    return readQrPng(file);
  }
  if (reader === undefined)
    throw new WaslError('ERR_USAGE', 'say which code: --text, --image, --reader serial:/dev/…, or --simulated qr');
  return await withCard(options, async ({ card }) => {
    if (card.kind !== 'text') throw new WaslError('ERR_CARD_UNSUPPORTED', 'this reader presents cards, not codes');
    return card.text;
  });
}

/** A code that was issued a moment ago, and the key that was made for it. */
function freshCode(): { readonly text: string; readonly publicKey: Uint8Array } {
  const issuer = signerFromSeed(systemRandom.bytes(32));
  const order = parseOrder(
    {
      card: 99,
      household: 99,
      householdSize: 2,
      draws: 2,
      identity: { id: 'conformance-99', language: 'ara', fullName: 'نور الاختبار' },
      expires: '2099-12-31',
    },
    'the test person',
  );
  const text = qrText(issueCredential(claimsOf(order, { layout: 0, uid: null }, nowSeconds()), issuer));
  return { text, publicKey: issuer.publicKey };
}

/** A fresh code; broken: one character of it was misread. With `--via pcscd` or `twn4` nothing changes: a code comes from a scanner. */
async function checkSimulatedCode(options: ConformanceOptions): Promise<ConformanceReport> {
  const { text, publicKey } = freshCode();
  const key = {
    verifier: verifierFromKey(publicKey),
    programmes: [1],
    notBefore: 0,
    notAfter: Number.MAX_SAFE_INTEGER,
  };
  const trust: CardTrust = {
    issuerKeys: () => [key],
    terminalKeys: () => [],
    isHotlisted: () => false,
    foreignKeys: [],
    programme: null,
    now: options.at ?? nowSeconds(),
    trustsAnyone: true,
  };
  const misread = `${text.slice(0, 60)}${text[60] === '0' ? '1' : '0'}${text.slice(61)}`;
  return await runChecks('simulated qr', qrChecks(options.broken === true ? misread : text, trust));
}

const BY_HAND_MS = 250;

async function checkReader(options: ConformanceOptions, output: Output): Promise<ConformanceReport> {
  const timeoutMs = options.wait * 1000;
  if (options.simulated !== undefined) {
    const { reader, close, lay, take } = await simulatedReader(options.simulated, options);
    const where = `${reader.name}, simulated`;
    return await runChecks(where, readerChecks(reader, { lay, take }, timeoutMs)).finally(close);
  }
  if (options.reader === undefined)
    throw new WaslError('ERR_USAGE', 'say which reader: --reader NAME, or --simulated KIND');
  const reader = await readerNamed(options.reader);
  const hands: Hands = {
    lay: async () => {
      output.note('Lay a card on the reader, or scan a code.');
      await pause(BY_HAND_MS);
    },
    take: async () => {
      output.note('Take the card away.');
      await pause(BY_HAND_MS);
    },
  };
  return await runChecks(reader.name, readerChecks(reader, hands, timeoutMs)).finally(() => reader.stop());
}

async function simulatedReader(kind: (typeof KINDS)[number], { via, broken }: ConformanceOptions): Promise<ReaderRig> {
  const rig = await simulatorModule<RigModule>('conformance/rig');
  if (kind === 'qr') return await rig.scannerOnPty(freshCode().text, broken === true);
  return await (via === 'twn4' ? rig.readerOnTwn4 : rig.readerOnPcsc)(kind, broken === true);
}

const MARKS = { pass: 'ok  ', fail: 'FAIL', skip: '-   ' } as const;

function tell({ ok, subject, checks }: ConformanceReport, output: Output): void {
  output.line(`Conformance of ${subject}`);
  for (const { name, status, code, detail } of checks)
    output.line(`  ${MARKS[status]} ${name.padEnd(52)} ${code === null ? '' : `${code}: `}${detail}`);
  output.line(ok ? 'GREEN: it does what Wasl relies on.' : 'RED: see the line above that failed.');
}
