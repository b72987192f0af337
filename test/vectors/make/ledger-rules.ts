/** Both slots of a card together with what a terminal remembers of it: which record counts, and where the next one goes. */
import { readSlotImage } from '../../../agent/credential/ledger.js';
import type { ErrorCode } from '../../../agent/domain/error-codes.js';
import type { LedgerRecord } from '../../../agent/domain/ledger.js';
import { imageOf, laterSlot, recordOf, SLOT_BYTES } from './ledger-slots.js';
import { keyNamed, withByte } from './support.js';

/** One vector: the context is that of the slot vectors, the same for both slots but for the index. */
export interface RuleVector {
  readonly name: string;
  readonly shows: string;
  readonly slots: readonly [Uint8Array, Uint8Array];
  readonly mark: { readonly sequence: number; readonly recordHash: Uint8Array } | null;
  readonly expected:
    | {
        readonly verdict: 'serve';
        /** Sequence of the record that the next one names. */
        readonly newest: number;
        /** Sequence of the record whose counters count. */
        readonly counted: number;
        readonly nextSequence: number;
        readonly nextSlot: number;
        readonly doubt: ErrorCode | null;
      }
    | { readonly verdict: 'refuse'; readonly code: ErrorCode };
}

const stranger = keyNamed('otherTerminal');
const slot = (sequence: number, change: Partial<LedgerRecord> = {}): Uint8Array =>
  imageOf(recordOf({ sequence, ...change }));
const foreign = (sequence: number): Uint8Array => imageOf(recordOf({ sequence, signer: stranger.keyId }), stranger);
const BACK = [{ commodity: 1, usedDay: 0, usedMonth: 290 }];
const voided = (sequence: number): Uint8Array => slot(sequence, { cause: 'void', usage: BACK });
const foreignVoid = (sequence: number): Uint8Array =>
  imageOf(recordOf({ sequence, cause: 'void', usage: BACK, signer: stranger.keyId }), stranger);
const garbled = (sequence: number): Uint8Array => withByte(slot(sequence), 40, 0);
const ended = (sequence: number): Uint8Array => {
  const issuer = keyNamed('issuer');
  return imageOf(recordOf({ sequence, cause: 'ended', signer: issuer.keyId }), issuer);
};
const garbledEnd = (sequence: number): Uint8Array => withByte(ended(sequence), 40, 0);
const markOf = (image: Uint8Array) => {
  const { record, hash } = readSlotImage(image);
  return { sequence: record.sequence, recordHash: hash };
};

function served(
  about: readonly [name: string, shows: string],
  given: Pick<RuleVector, 'slots'> & Partial<RuleVector>,
  expected: { newest: number; counted: number; nextSequence: number; doubt?: ErrorCode },
): RuleVector {
  const { newest, counted, nextSequence, doubt } = expected;
  return {
    name: about[0],
    shows: about[1],
    mark: null,
    ...given,
    expected: { verdict: 'serve', newest, counted, nextSequence, nextSlot: nextSequence % 2, doubt: doubt ?? null },
  };
}

function refused(
  about: readonly [name: string, shows: string],
  code: ErrorCode,
  given: Pick<RuleVector, 'slots'> & Partial<RuleVector>,
): RuleVector {
  return { name: about[0], shows: about[1], mark: null, ...given, expected: { verdict: 'refuse', code } };
}

/** All of them. */
export function ledgerRules(): RuleVector[] {
  const blank = new Uint8Array(SLOT_BYTES);
  const damaged: ErrorCode = 'ERR_LEDGER_DAMAGED';
  const untrusted: ErrorCode = 'ERR_LEDGER_UNTRUSTED';
  return [
    refused(['newer-slot', 'A slot of a later version is not written over.'], 'ERR_LEDGER_VERSION', {
      slots: [slot(42), laterSlot()],
    }),
    refused(['ended', 'A card that is over is not served.'], 'ERR_LEDGER_ENDED', { slots: [ended(42), ended(43)] }),
    refused(['ended-other-garbled', 'Spoiling one slot of it helps nobody.'], 'ERR_LEDGER_ENDED', {
      slots: [ended(42), garbledEnd(43)],
    }),
    refused(['ended-before', 'Nor does a record that somebody wrote over the other one.'], 'ERR_LEDGER_ENDED', {
      slots: [ended(42), slot(43)],
    }),
    served(
      ['newest-in-a', 'The higher sequence counts; the next one takes the other slot.'],
      { slots: [slot(42), slot(41)] },
      { newest: 42, counted: 42, nextSequence: 43 },
    ),
    served(
      ['newest-in-b', 'The same the other way round.'],
      { slots: [slot(42), slot(43)] },
      { newest: 43, counted: 43, nextSequence: 44 },
    ),
    served(
      ['mark-same', 'The newest record is the one that this terminal saw last.'],
      { slots: [slot(42), slot(41)], mark: markOf(slot(42)) },
      { newest: 42, counted: 42, nextSequence: 43 },
    ),
    served(
      ['mark-passed', 'Other terminals have served the card since.'],
      { slots: [slot(44), slot(45)], mark: markOf(slot(42)) },
      { newest: 45, counted: 45, nextSequence: 46 },
    ),
    refused(['mark-older', 'An older content of the card was put back.'], 'ERR_LEDGER_OLD_IMAGE', {
      slots: [slot(42), slot(41)],
      mark: markOf(slot(43)),
    }),
    refused(
      [
        'mark-forked',
        'The sequence that this terminal saw, with another record: two cards have lived on from one image.',
      ],
      'ERR_LEDGER_FORKED',
      { slots: [slot(42, { day: 20_777 }), slot(41)], mark: markOf(slot(42)) },
    ),
    served(
      [
        'damaged-b',
        'Slot B is damaged: it may have held 43. The next sequence is 45, so that 43 is never given twice, and the policy bounds what is served.',
      ],
      { slots: [slot(42), garbled(43)] },
      { newest: 42, counted: 42, nextSequence: 45, doubt: damaged },
    ),
    served(
      ['damaged-a', 'Slot A is damaged: it may have held 44.'],
      { slots: [garbled(44), slot(43)] },
      { newest: 43, counted: 43, nextSequence: 46, doubt: damaged },
    ),
    served(
      ['wiped-b', 'A slot that was wiped is damaged, not new.'],
      { slots: [slot(42), blank] },
      { newest: 42, counted: 42, nextSequence: 45, doubt: damaged },
    ),
    served(
      ['copied-over', 'Slot A was copied over slot B: the parity tells.'],
      { slots: [slot(42), slot(42)] },
      { newest: 42, counted: 42, nextSequence: 45, doubt: damaged },
    ),
    refused(
      ['damaged-old', 'What is left beside the damaged slot is older than what this terminal saw.'],
      'ERR_LEDGER_OLD_IMAGE',
      { slots: [slot(42), garbled(43)], mark: markOf(slot(43)) },
    ),
    refused(['damaged-both', 'Both slots are damaged: the card is issued anew.'], damaged, {
      slots: [garbled(42), garbled(43)],
    }),
    refused(['wiped-both', 'A wiped card is damaged, never new.'], damaged, { slots: [blank, blank] }),
    served(
      ['untrusted-newest', 'The newest record counts for the sequence, the newest trusted one for what was used.'],
      { slots: [slot(42), foreign(43)] },
      { newest: 43, counted: 42, nextSequence: 44, doubt: untrusted },
    ),
    served(
      ['untrusted-older', 'An untrusted record below the newest is of no matter.'],
      { slots: [slot(42), foreign(41)] },
      { newest: 42, counted: 42, nextSequence: 43 },
    ),
    served(
      [
        'void-newest',
        'A service that was taken back counts as any record does: what it says was used is used, the service before it is not.',
      ],
      { slots: [slot(42), voided(43)] },
      { newest: 43, counted: 43, nextSequence: 44 },
    ),
    served(
      ['void-of-untrusted', 'A service taken back by a terminal that is not believed gives nothing back.'],
      { slots: [slot(42), foreignVoid(43)] },
      { newest: 43, counted: 42, nextSequence: 44, doubt: untrusted },
    ),
    refused(['void-undone', 'The record before the void was put back.'], 'ERR_LEDGER_OLD_IMAGE', {
      slots: [slot(42), slot(41)],
      mark: markOf(voided(43)),
    }),
    refused(['untrusted-both', 'No record that counts is left.'], damaged, { slots: [foreign(42), foreign(43)] }),
    refused(['untrusted-alone', 'An untrusted record beside a damaged one.'], damaged, {
      slots: [foreign(42), garbled(43)],
    }),
  ];
}
