/** The checks of a QR code: that it is one that terminals read, step by step, and that a printer and a scanner keep it as it is. */
import { type Check, expectThat, leftOut } from '../../cards/conformance.js';
import { qrModules, qrPng, qrSvg, readQrPng } from '../../cards/picture.js';
import { type AnyResult, decodeAny } from '../../credential/any-code.js';
import { base45Decode, base45Encode } from '../../credential/base45.js';
import type { DecodeStep } from '../../credential/decode.js';
import { WaslError } from '../../domain/errors.js';
import type { CardTrust } from '../card/trust.js';

/** Largest side in modules that ordinary scanners read from a card: version 25 (ISO/IEC 18004 table 1). */
const MODULES_MAX = 117;

const STEPS: readonly DecodeStep[] = [
  'text',
  'base45',
  'inflate',
  'cose',
  'key',
  'signature',
  'payload',
  'times',
  'medium',
  'hotlist',
];

/** The checks of a text. Without a trusted key everything up to the key is checked. */
export function qrChecks(text: string, trust: CardTrust): readonly Check[] {
  const decode = (): AnyResult => decodeAny({ form: 'text', text }, { ...trust, medium: { layout: 0, uid: null } });
  const steps = STEPS.map(
    (step): Check => ({ name: `passes the step ${step}`, run: () => passes(step, decode(), trust) }),
  );
  return [
    ...steps.slice(0, 2),
    { name: 'is Base45 as an encoder writes it', run: () => roundTrips(text) },
    ...steps.slice(2),
    { name: 'fits a code that scanners read off a card', run: () => fits(text) },
    { name: 'comes back from a picture', run: () => pictures(text) },
  ];
}

async function passes(step: DecodeStep, result: AnyResult, trust: CardTrust): Promise<string> {
  if (result.ok) return step === 'key' ? `issuer known, profile ${result.profile}` : 'passed';
  const stopped = STEPS.indexOf(result.step);
  if (!trust.trustsAnyone && stopped === STEPS.indexOf('key') && STEPS.indexOf(step) >= stopped)
    return leftOut('no key is trusted: name one with --key to check the signature and what is signed');
  if (STEPS.indexOf(step) < stopped) return 'passed';
  throw new WaslError(result.code);
}

async function roundTrips(text: string): Promise<string> {
  const bytes = base45Decode(text) ?? new Uint8Array(0);
  expectThat(base45Encode(bytes) === text, 'ERR_CREDENTIAL_BASE45', 'another encoder would write other characters');
  return `${bytes.length} bytes in ${text.length} characters`;
}

async function fits(text: string): Promise<string> {
  const side = qrModules(text).length;
  expectThat(
    side <= MODULES_MAX,
    'ERR_CREDENTIAL_TEXT',
    `the code has ${side} modules a side: more than ${MODULES_MAX} is too fine for a card`,
  );
  return `version ${(side - 17) / 4}, ${side} modules a side, level Q, alphanumeric`;
}

async function pictures(text: string): Promise<string> {
  expectThat(readQrPng(qrPng(text, { scale: 4 })) === text, 'ERR_IMAGE', 'a reader of pictures reads another text');
  expectThat(qrSvg(text).startsWith('<svg'), 'ERR_INTERNAL', 'no SVG');
  return 'PNG read back';
}
