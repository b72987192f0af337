/**
 * Slips as text: what a terminal prints, and what a scanner reads. Published as `slip` in `docs/formats/card.cddl`.
 *
 *   "WSLIP1:" ‖ Base45(zlib(COSE_Sign1))      content: [1, id, programme, subject, papers, site, iat]
 *
 * The prefix tells a slip from a credential, whose text is Base45 from its first character on. The signature covers a label of its own, and the key is that of a
 * terminal: who wrote it, and where, follows from the signed list of terminals. Decoded in one ordered list of steps:
 *
 *   text → version → cose → key → signature → content → site → times → expired
 */
import { deflateSync } from 'node:zlib';
import type { ErrorCode } from '../domain/error-codes.js';
import { WaslError } from '../domain/errors.js';
import type { Signer, TerminalKey } from '../domain/keys.js';
import { PAPER_KINDS } from '../domain/policy.js';
import { SLIP_ID_BYTES, SLIP_VERSION, type Slip, type SlipPaper, type SlipSubject } from '../domain/slip.js';
import { base45Encode } from './base45.js';
import { decodeCbor, encodeCbor } from './cbor.js';
import { decodeSign1, encodeLabelledSign1, labelledMessage } from './cose.js';
import { LABELS } from './hash.js';
import { isUint, LEDGER_MORE_MAX } from './ledger-more.js';
import { bytesOfQrText } from './qr-payload.js';

/** What the text of every slip begins with, whatever its version: `WSLIP`, digits, a colon. */
const PREFIX = /^WSLIP([1-9][0-9]{0,3}):/;
/** Longest text of a slip, its prefix included. */
export const SLIP_CHARS_MAX = 1024;
/** Largest COSE_Sign1 of a slip. */
export const SLIP_BYTES_MAX = 512;
/** Most papers of one slip: as many as a ledger takes. */
export const SLIP_PAPERS_MAX = LEDGER_MORE_MAX.papers;
/** How far ahead of our clock another terminal's slip may be dated: two honest clocks differ by less. */
const AHEAD_SEC = 24 * 3600;
const CONTENT_LIMITS = { bytesMax: SLIP_BYTES_MAX, depthMax: 3, itemsMax: 64 };
const PAPER = 5;
const MEMBERS = 7;

/** Names of the steps, in their order. */
export type SlipStep = 'text' | 'version' | 'cose' | 'key' | 'signature' | 'content' | 'site' | 'times' | 'expired';

/** Result of {@link decodeSlip}. `signer`: whose key it is signed with. */
export type SlipResult =
  | { readonly ok: true; readonly slip: Slip; readonly signer: TerminalKey }
  | { readonly ok: false; readonly step: SlipStep; readonly code: ErrorCode };

/** What a slip is checked against. */
export interface SlipContext {
  /** Every terminal key with this id, of the list in force. */
  terminalKeys(keyId: Uint8Array): readonly TerminalKey[];
  /** Number of the site with this id; 0 where no list describes it. */
  siteNumber(site: string): number;
  /** Seconds since 1970. */
  readonly nowSec: number;
  /** The site's calendar day, in days since 1970-01-01. */
  readonly today: number;
}

/** Whether a line of a scanner is meant to be a slip, of whatever version. */
export function isSlipText(text: string): boolean {
  return PREFIX.test(text);
}

/** Signs a slip, as text. Throws `ERR_SLIP_FORMAT` for one that no terminal would read. */
export function issueSlip(slip: Slip, terminal: Signer): string {
  const { id, programme, subject, papers, site, issuedAt } = slip;
  const content = encodeCbor([
    ...[SLIP_VERSION, Buffer.from(id, 'hex'), programme, subjectOut(subject)],
    papers.flatMap((one) => [one.kind, one.commodity, one.units, one.untilDay, one.site]),
    ...[site, issuedAt],
  ]);
  const bytes = encodeLabelledSign1(content, terminal, LABELS.slip);
  const text = slipText(bytes);
  if (contentIn(content) === null || bytes.length > SLIP_BYTES_MAX || text.length > SLIP_CHARS_MAX)
    throw new WaslError('ERR_SLIP_FORMAT', 'no terminal would read this slip: check its papers and numbers');
  return text;
}

/** The text of the COSE_Sign1 of a slip. */
export function slipText(cose: Uint8Array): string {
  return `WSLIP${SLIP_VERSION}:${base45Encode(deflateSync(cose, { level: 9 }))}`;
}

/** Checks a slip against everything that it must satisfy by itself, in order. Never throws; a failed step returns no content. */
export function decodeSlip(text: string, context: SlipContext): SlipResult {
  const [prefix, version] = PREFIX.exec(text) ?? [];
  if (prefix === undefined || text.length > SLIP_CHARS_MAX) return failed('text', 'ERR_SLIP_TEXT');
  if (version !== String(SLIP_VERSION)) return failed('version', 'ERR_SLIP_VERSION');
  const limits = { charsMax: SLIP_CHARS_MAX, bytesMax: SLIP_BYTES_MAX, brotli: false };
  const read = bytesOfQrText(text.slice(prefix.length), limits);
  if (!read.ok) return failed('text', 'ERR_SLIP_TEXT');
  const decoded = decodeSign1(read.bytes, null);
  if (!decoded.ok) return failed('cose', 'ERR_SLIP_FORMAT');
  const { keyId, payload, signature } = decoded.sign1;
  const known = context.terminalKeys(keyId);
  if (known.length === 0) return failed('key', 'ERR_SLIP_SIGNER');
  const message = labelledMessage(decoded.sign1, LABELS.slip);
  const signer = known.find(({ verifier }) => verifier.verify(message, signature));
  if (signer === undefined) return failed('signature', 'ERR_SLIP_SIGNATURE');
  const slip = contentIn(payload);
  if (slip === null) return failed('content', 'ERR_SLIP_FORMAT');
  if (context.siteNumber(signer.site) !== slip.site) return failed('site', 'ERR_SLIP_SIGNER');
  const { issuedAt } = slip;
  const inTime = issuedAt >= signer.notBefore && issuedAt <= signer.notAfter && issuedAt <= context.nowSec + AHEAD_SEC;
  if (!inTime) return failed('times', 'ERR_SLIP_TIMES');
  if (slip.papers.every(({ untilDay }) => untilDay < context.today)) return failed('expired', 'ERR_SLIP_EXPIRED');
  return { ok: true, slip, signer };
}

function failed(step: SlipStep, code: ErrorCode): SlipResult {
  return { ok: false, step, code };
}

/** One number is a card, two are a roster and a person of it. */
function subjectOut(subject: SlipSubject): number[] {
  return 'card' in subject ? [subject.card] : [subject.roster, subject.person];
}

function contentIn(content: Uint8Array): Slip | null {
  const decoded = decodeCbor(content, CONTENT_LIMITS);
  if (!decoded.ok || !Array.isArray(decoded.value) || decoded.value.length !== MEMBERS) return null;
  const [version, id, programme, who, flat, site, issuedAt] = decoded.value as readonly unknown[];
  const subject = subjectIn(who);
  const papers = papersIn(flat);
  if (version !== SLIP_VERSION || !(id instanceof Uint8Array) || id.length !== SLIP_ID_BYTES) return null;
  if (!isUint(programme) || subject === null || papers === null || !isUint(site) || !isUint(issuedAt)) return null;
  return { id: Buffer.from(id).toString('hex'), programme, subject, papers, site, issuedAt };
}

function subjectIn(value: unknown): SlipSubject | null {
  if (!Array.isArray(value)) return null;
  const [first, second] = value as readonly unknown[];
  if (!isUint(first)) return null;
  if (value.length === 1) return { card: first };
  return value.length === 2 && isUint(second) ? { roster: first, person: second } : null;
}

function papersIn(value: unknown): readonly SlipPaper[] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length % PAPER !== 0) return null;
  const values: readonly unknown[] = value;
  if (values.length / PAPER > SLIP_PAPERS_MAX || !values.every(isUint)) return null;
  const papers = Array.from({ length: values.length / PAPER }, (_, row) => {
    const [kind = 0, commodity = 0, units = 0, untilDay = 0, site = 0] = values.slice(row * PAPER, (row + 1) * PAPER);
    return { kind, commodity, units, untilDay, site };
  });
  const isDistinct = new Set(papers.map(({ commodity }) => commodity)).size === papers.length;
  const arePossible = papers.every(({ kind, units }) => kind < PAPER_KINDS.length && units >= 1);
  return isDistinct && arePossible ? papers : null;
}

/** What a text says, believed of nobody: for a slip that this terminal keeps in its own journal, and for people who look at one. Null for what is no slip. Never throws. */
export function slipOf(text: string): Slip | null {
  const [prefix] = PREFIX.exec(text) ?? [];
  if (prefix === undefined) return null;
  const limits = { charsMax: SLIP_CHARS_MAX, bytesMax: SLIP_BYTES_MAX, brotli: false };
  const read = bytesOfQrText(text.slice(prefix.length), limits);
  const decoded = read.ok ? decodeSign1(read.bytes, null) : null;
  return decoded?.ok === true ? contentIn(decoded.sign1.payload) : null;
}
