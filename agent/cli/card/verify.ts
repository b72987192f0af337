import { Command } from 'commander';
import { openMedium } from '../../../drivers/media/open.js';
import { readQrPng } from '../../cards/picture.js';
import { linesOf, reportOf, stoppedAt, type VerifyReport, type VerifyStep } from '../../cards/report.js';
import { decodeAny } from '../../credential/any-code.js';
import type { RawCredential } from '../../credential/decode.js';
import { isWaslError, WaslError } from '../../domain/errors.js';
import { type Output, processOutput } from '../shared/output.js';
import { givenPicture, givenText } from './code-text.js';
import { placeOptions, trustOptions } from './options.js';
import { type PlaceOptions, withCard } from './place.js';
import { cardTrust, type TrustOptions } from './trust.js';

interface VerifyOptions extends PlaceOptions, TrustOptions {
  readonly text?: string;
  readonly image?: string;
  readonly json?: boolean;
}

/** `wasl card verify`: every step of the decoding, in its order. Exit status 0 when all of them pass, 1 where one does not. */
export function verifyCardCommand(): Command {
  const command = new Command('verify')
    .description('check a credential: a QR code as text or PNG, a card on a reader, a simulated card')
    .option('--text <qr>', 'text of a QR code; - reads it from standard input')
    .option('--image <png>', 'picture that shows a QR code');
  return trustOptions(placeOptions(command))
    .option('--json', 'print one JSON object')
    .action(async (options: VerifyOptions) => {
      const output = processOutput(options.json === true);
      oneSource(options);
      const trust = await cardTrust(options);
      if (!trust.trustsAnyone)
        output.note('No key is trusted: name one with --key, or signed lists with --config or --trust.');
      const report = await verify(options, (presented) =>
        reportOf(decodeAny(presented.raw, { ...trust, medium: presented.medium })),
      );
      tell(report, output);
      output.result(report);
      if (!report.ok) process.exitCode = 1;
    });
}

/** A credential in hand, and where it stood. */
interface Presented {
  readonly raw: RawCredential;
  readonly medium: { readonly layout: number; readonly uid: Uint8Array | null };
}

const ON_PAPER = { layout: 0, uid: null } as const;

function oneSource({ text, image, reader, card }: VerifyOptions): void {
  const given = [text, image, reader, card].filter((source) => source !== undefined);
  if (given.length === 1) return;
  throw new WaslError('ERR_USAGE', 'say what to verify, one of: --text QR, --image PNG, --reader NAME, --card FILE');
}

async function verify(options: VerifyOptions, judge: (presented: Presented) => VerifyReport): Promise<VerifyReport> {
  if (options.text !== undefined) {
    const text = await givenText(options.text);
    return judge({ raw: { form: 'text', text }, medium: ON_PAPER });
  }
  if (options.image !== undefined) {
    const file = await givenPicture(options.image);
    return attempt('image', () => judge({ raw: { form: 'text', text: readQrPng(file) }, medium: ON_PAPER }));
  }
  // Where nobody lays a card down it is the reader that stopped us, from there on the card.
  let step: VerifyStep = 'reader';
  return attempt(
    () => step,
    () =>
      withCard(options, async ({ card, canWrite }) => {
        step = 'card';
        const session = await openMedium(card, { canWrite });
        return judge({ raw: session.credential, medium: session });
      }),
  );
}

/** A failure before there is a credential is a step like the others; a wrong command line is not. */
async function attempt(
  step: VerifyStep | (() => VerifyStep),
  run: () => VerifyReport | Promise<VerifyReport>,
): Promise<VerifyReport> {
  try {
    return await run();
  } catch (error) {
    if (!isWaslError(error) || NOT_A_STEP.includes(error.code)) throw error;
    return stoppedAt(typeof step === 'string' ? step : step(), error.code, { message: error.message });
  }
}

const NOT_A_STEP: readonly string[] = ['ERR_USAGE', 'ERR_CONFIG', 'ERR_DATA_FILE', 'ERR_INTERNAL'];

function tell(report: VerifyReport, output: Output): void {
  if (!report.ok) {
    output.line(`REFUSED at step ${report.step}: ${report.code}`);
    output.line(`  ${report.message}${report.card === null ? '' : ` (card ${report.card})`}`);
    return;
  }
  const whose = report.profile === 'wasl' ? `signed with key ${report.issuer}` : `a Claim 169 code of ${report.issuer}`;
  output.line(`VALID: ${whose}`);
  for (const line of linesOf(report.claims)) output.line(line);
}
