/** Which refusals become events, and how many: somebody who holds a forged card to the reader all day must not fill the disk. */
import type { ErrorCode } from '../domain/error-codes.js';
import type { JournalEntry } from '../journal/journal.js';
import type { RefusedCard } from './examine.js';

/** Refusals that say something about the reader, the journal or the clerk's hand, and nothing about the card or its holder. */
const NOT_RECORDED: readonly ErrorCode[] = [
  'ERR_CARD_UNSUPPORTED',
  'ERR_CARD_EMPTY',
  'ERR_CARD_LOST',
  'ERR_CARD_IO',
  'ERR_CARD_TIMEOUT',
  'ERR_CARD_CHANGED',
  'ERR_SLIP_TEXT',
  'ERR_SLIP_FORMAT',
  'ERR_SLIP_VERSION',
  'ERR_READER_UNSUPPORTED',
  'ERR_READER_UID_ONLY',
  'ERR_JOURNAL_SPACE',
  'ERR_JOURNAL_IO',
];

/** Refusals of what was chosen that say something about the holder or the operator: a proof, a paper, a contribution or an exemption that was not there. A quantity too many does not. */
const RECORDED_WHEN_CHOSEN: readonly ErrorCode[] = [
  'ERR_HOLDER_PIN_BLOCKED',
  'ERR_FACTOR_NEEDED',
  'ERR_REPRESENTATIVE',
  'ERR_EXEMPTION',
  'ERR_EXEMPTION_LIMIT',
  'ERR_PAPER_NEEDED',
  'ERR_PAPER_EXHAUSTED',
  'ERR_SITE_CHOSEN',
  'ERR_ACCOUNT_BALANCE',
  'ERR_ACCOUNT_NEEDED',
];

/** Whether a refusal of what was chosen from an offer is recorded. */
export function isRecordedWhenChosen(code: ErrorCode): boolean {
  return RECORDED_WHEN_CHOSEN.includes(code);
}

/** Refusals recorded at once, and then per second. */
const BURST_MAX = 120;
const PER_SECOND = 1;

/** Turns refusals into journal entries, within a rate. */
export interface RefusalRecorder {
  /** The entries to append; none for a refusal that is not recorded or is over the rate. What was left out is counted in an alarm later. */
  entriesFor(refused: RefusedCard, nowMs: number): JournalEntry[];
}

/** Starts with a full allowance. */
export function refusalRecorder(): RefusalRecorder {
  let allowance = BURST_MAX;
  let lastMs = 0;
  let leftOut = 0;
  return {
    entriesFor: (refused, nowMs) => {
      if (NOT_RECORDED.includes(refused.code)) return [];
      allowance = Math.min(BURST_MAX, allowance + Math.max(0, (nowMs - lastMs) / 1000) * PER_SECOND);
      lastMs = nowMs;
      if (allowance < 1) {
        leftOut += 1;
        return [];
      }
      allowance -= 1;
      const time = Math.floor(nowMs / 1000);
      const entries: JournalEntry[] = [];
      if (leftOut > 0) {
        entries.push({ kind: 'event', event: { type: 'alarm', time, code: refused.code, count: leftOut } });
        leftOut = 0;
      }
      const { code: reason, card, programme, versions } = refused;
      entries.push({ kind: 'event', event: { type: 'refusal', time, reason, card, programme, versions } });
      return entries;
    },
  };
}
