import { Command } from 'commander';
import { readQrPng } from '../../cards/picture.js';
import { decodeSlip, type SlipStep, slipOf } from '../../credential/slip.js';
import { calendars, isoDay } from '../../domain/calendar.js';
import { ERROR_CODES, type ErrorCode } from '../../domain/error-codes.js';
import { WaslError } from '../../domain/errors.js';
import { PAPER_KINDS } from '../../domain/policy.js';
import { type Slip, slipNumber } from '../../domain/slip.js';
import { systemClock } from '../../system.js';
import { type Output, processOutput } from '../shared/output.js';
import { givenPicture, givenText } from './code-text.js';
import { instant, signedLists, type TrustOptions } from './trust.js';

interface SlipOptions extends Pick<TrustOptions, 'config' | 'trust' | 'authority' | 'at'> {
  readonly text?: string;
  readonly image?: string;
  readonly json?: boolean;
}

/** What the command prints with `--json`. `slip` is what it says, whoever wrote it; `terminal` is there when the signature holds. */
type SlipReport =
  | { readonly ok: true; readonly step: null; readonly code: null; readonly terminal: string; readonly slip: Slip }
  | {
      readonly ok: false;
      readonly step: SlipStep;
      readonly code: ErrorCode;
      readonly message: string;
      /** Null for what is no slip at all. */
      readonly slip: Slip | null;
    };

/** `wasl card slip`: what a slip says, and whether it would be believed. Exit status 0 when every step passes, 1 where one does not. */
export function slipCommand(): Command {
  return new Command('slip')
    .description('look at a slip, such as a referral on paper: what it says, and whether terminals would believe it')
    .option('--text <qr>', 'text of its QR code; - reads it from standard input')
    .option('--image <png>', 'picture that shows its QR code')
    .option('--config <file>', 'configuration of a terminal: believe its signed lists')
    .option('--trust <folder>', 'believe the signed lists in this folder')
    .option('--authority <hex>', 'public key of the authority that signed them')
    .option('--at <time>', 'judge as of this time (default: now)', instant)
    .option('--json', 'print one JSON object')
    .action(async (options: SlipOptions) => {
      const output = processOutput(options.json === true);
      const report = await reportOn(await textOf(options), options);
      tell(report, output);
      output.result(report);
      if (!report.ok) process.exitCode = 1;
    });
}

async function textOf({ text, image }: SlipOptions): Promise<string> {
  if (text !== undefined && image === undefined) return await givenText(text);
  if (image !== undefined && text === undefined) return readQrPng(await givenPicture(image));
  throw new WaslError('ERR_USAGE', 'say which slip, one of: --text QR, --image PNG');
}

async function reportOn(text: string, options: SlipOptions): Promise<SlipReport> {
  const lists = await signedLists(options);
  const nowSec = options.at ?? Math.floor(systemClock.nowMs() / 1000);
  const calendar = calendars()(lists?.policy().timeZone ?? 'UTC');
  const read = decodeSlip(text, {
    terminalKeys: (keyId) => lists?.terminalKeys(keyId) ?? [],
    siteNumber: (site) => lists?.site(site)?.number ?? 0,
    ...{ nowSec, today: calendar.dayOf(nowSec * 1000) },
  });
  if (!read.ok) {
    const { step, code } = read;
    return { ok: false, step, code, message: ERROR_CODES[code], slip: slipOf(text) };
  }
  return { ok: true, step: null, code: null, terminal: read.signer.terminal, slip: read.slip };
}

function tell(report: SlipReport, output: Output): void {
  if (report.ok) output.line(`BELIEVED: written by terminal ${report.terminal}`);
  else output.line(`NOT BELIEVED, at step ${report.step}: ${report.code}. ${report.message}`);
  if (report.slip === null) return;
  const { id, programme, subject, papers, site, issuedAt } = report.slip;
  const whose = 'card' in subject ? `card ${subject.card}` : `person ${subject.person} of roster ${subject.roster}`;
  output.line(`  slip ${slipNumber(id)} (${id}), for ${whose}`);
  output.line(`  programme ${programme}, site ${site}, ${new Date(issuedAt * 1000).toISOString()}`);
  for (const { kind, commodity, units, untilDay, site: chosen } of papers) {
    const where = chosen === 0 ? 'any site' : `site ${chosen}`;
    output.line(`  ${PAPER_KINDS[kind]}: ${units} × commodity ${commodity}, at ${where}, until ${isoDay(untilDay)}`);
  }
  if (report.ok)
    output.line('Terminals hold it against the policy, their hotlist and what they saw used of it as well.');
}
