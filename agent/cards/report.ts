/** What a card command says about a credential: the same for people and for machines. */
import type { AnyResult } from '../credential/any-code.js';
import type { DecodeStep } from '../credential/decode.js';
import { ERROR_CODES, type ErrorCode } from '../domain/error-codes.js';

/** Where a verification can stop: before the credential is in hand, or at a step of the decoding. */
export type VerifyStep = 'image' | 'reader' | 'card' | DecodeStep;

/** The object that `wasl card verify --json` prints. `claims` is there when `ok`, and only then. */
export type VerifyReport =
  | {
      readonly ok: true;
      readonly step: null;
      readonly code: null;
      /** `wasl` for one of ours, `claim169` for a code of another issuer. */
      readonly profile: 'wasl' | 'claim169';
      /** Key id in hex for ours; the trusted name of the issuer for others. */
      readonly issuer: string;
      /** Times in seconds since 1970, byte strings in lower-case hex. */
      readonly claims: object;
    }
  | {
      readonly ok: false;
      readonly step: VerifyStep;
      readonly code: ErrorCode;
      readonly message: string;
      /** Serial of the card, where its signature holds: it may be named in a report. */
      readonly card: number | null;
    };

/** The report of a decoding. */
export function reportOf(result: AnyResult): VerifyReport {
  if (!result.ok) return stoppedAt(result.step, result.code, { card: result.card });
  if (result.profile === 'wasl') {
    const { keyId, ...claims } = result.credential;
    return { ok: true, step: null, code: null, profile: 'wasl', issuer: hexOf(keyId), claims: plainOf(claims) };
  }
  const { issuer, ...claims } = result.credential;
  return { ok: true, step: null, code: null, profile: 'claim169', issuer, claims: plainOf(claims) };
}

/** The report of a verification that stopped. */
export function stoppedAt(
  step: VerifyStep,
  code: ErrorCode,
  extra: { readonly card?: number | null; readonly message?: string } = {},
): VerifyReport {
  return { ok: false, step, code, message: extra.message ?? ERROR_CODES[code], card: extra.card ?? null };
}

/** Lower-case hex. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A value as JSON has it: byte strings as hex. */
export function plainOf(value: object): object {
  return JSON.parse(
    JSON.stringify(value, (_name, member: unknown) => (member instanceof Uint8Array ? hexOf(member) : member)),
  ) as object;
}

/** Members as lines for people, `name.of.member   value`; seconds since 1970 also as a date. */
export function linesOf(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([name, member]): string[] => {
    const label = `${prefix}${name}`;
    if (member === null || (Array.isArray(member) && member.length === 0)) return [];
    if (typeof member === 'object' && !Array.isArray(member)) return linesOf(member as object, `${label}.`);
    const text = Array.isArray(member) ? member.map(itemText).join(', ') : String(member).replaceAll('\n', ' / ');
    const dated = TIMES.includes(name) && typeof member === 'number' ? `  (${dateOf(member)})` : '';
    return [`  ${label.padEnd(30)} ${text}${dated}`];
  });
}

/** A row of a list, as `commodity 1 usedDay 5 usedMonth 90`. */
function itemText(item: unknown): string {
  if (typeof item !== 'object' || item === null) return String(item);
  return Object.entries(item)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(' ');
}

const TIMES: readonly string[] = ['issuedAt', 'notBefore', 'expiresAt', 'time'];

function dateOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? 'no date' : date.toISOString().replace('.000Z', 'Z');
}
