/**
 * The lines of the payment protocol, pure: `docs/integrators/payment.md`. ASCII, at most 120 characters, each ended by a check of two hex digits: the exclusive
 * or of the characters before its `*`, as in NMEA 0183. A line whose check does not fit says nothing.
 */
import { MACHINE_REFERENCE_CHARS_MAX } from '../../agent/domain/payment.js';
import type { PaymentRequest, PaymentStanding } from '../payment.js';

/** Longest line, its end not counted. */
export const PAYMENT_LINE_CHARS_MAX = 120;

/** What the terminal asks. */
export type PaymentAsk =
  | ({ readonly ask: 'PAY' } & PaymentRequest)
  | { readonly ask: 'CANCEL' | 'STATUS' | 'REVERSE'; readonly reference: string };

/** What the machine answers about one payment. */
export interface PaymentSaid {
  readonly reference: string;
  readonly standing: PaymentStanding;
}

const REFERENCE = '[0-9a-f]{16}';
const AMOUNT = '[1-9][0-9]{0,11}';
const PAY = new RegExp(`^PAY (${REFERENCE}) (${AMOUNT}) ([A-Z]{3})$`);
const ASK = new RegExp(`^(CANCEL|STATUS|REVERSE) (${REFERENCE})$`);
const APPROVED = new RegExp(`^APPROVED (${REFERENCE}) (${AMOUNT}) ([A-Za-z0-9-]{1,${MACHINE_REFERENCE_CHARS_MAX}})$`);
const SAID = new RegExp(`^(DECLINED|CANCELLED|REVERSED|NONE|PENDING) (${REFERENCE})$`);
const OUTCOMES = {
  DECLINED: 'declined',
  CANCELLED: 'cancelled',
  REVERSED: 'reversed',
  NONE: 'none',
  PENDING: 'pending',
} as const;

/** A line of the terminal, with its check and its end. */
export function askLine(ask: PaymentAsk): string {
  const words = ask.ask === 'PAY' ? [ask.reference, ask.amount, ask.currency] : [ask.reference];
  return checkedLine([ask.ask, ...words].join(' '));
}

/** A line of the machine, with its check and its end. `unknown` has none. */
export function saidLine({ reference, standing }: PaymentSaid): string {
  if (standing.outcome === 'approved')
    return checkedLine(`APPROVED ${reference} ${standing.amount} ${standing.machine}`);
  return checkedLine(`${standing.outcome.toUpperCase()} ${reference}`);
}

/** What a line of the terminal asks; null for one that is none. */
export function readAsk(line: string): PaymentAsk | null {
  const text = checked(line);
  if (text === null) return null;
  const pay = PAY.exec(text);
  if (pay !== null) return { ask: 'PAY', reference: pay[1] ?? '', amount: Number(pay[2]), currency: pay[3] ?? '' };
  const [, ask, reference = ''] = ASK.exec(text) ?? [];
  return ask === 'CANCEL' || ask === 'STATUS' || ask === 'REVERSE' ? { ask, reference } : null;
}

/** What a line of the machine says; null for one that says nothing: damaged, or of a newer protocol. */
export function readSaid(line: string): PaymentSaid | null {
  const text = checked(line);
  if (text === null) return null;
  const [, approved, amount, machine = ''] = APPROVED.exec(text) ?? [];
  if (approved !== undefined)
    return { reference: approved, standing: { outcome: 'approved', amount: Number(amount), machine } };
  const [, word, reference = ''] = SAID.exec(text) ?? [];
  const outcome: (typeof OUTCOMES)[keyof typeof OUTCOMES] = OUTCOMES[word as keyof typeof OUTCOMES];
  return word === undefined ? null : { reference, standing: { outcome } };
}

/** Lines out of bytes as they come, of bounded length: what is longer is dropped up to its end. Keeps one line at most. */
export class PaymentLines {
  #line = '';
  #isDropped = false;

  /** The lines that end in this chunk; control characters beside line ends make a line one that says nothing. */
  feed(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    for (const byte of chunk) {
      if (byte === 0x0a || byte === 0x0d) {
        if (this.#line !== '' && !this.#isDropped) lines.push(this.#line);
        this.#line = '';
        this.#isDropped = false;
      } else if (this.#line.length === PAYMENT_LINE_CHARS_MAX) this.#isDropped = true;
      else this.#line += String.fromCharCode(byte);
    }
    return lines;
  }
}

function checkedLine(text: string): string {
  return `${text}*${checkOf(text)}\r\n`;
}

function checked(line: string): string | null {
  const at = line.length - 3;
  if (at < 1 || line[at] !== '*') return null;
  const text = line.slice(0, at);
  return line.slice(at + 1) === checkOf(text) ? text : null;
}

function checkOf(text: string): string {
  let check = 0;
  for (let i = 0; i < text.length; i += 1) check ^= text.charCodeAt(i) & 0xff;
  return check.toString(16).toUpperCase().padStart(2, '0');
}
