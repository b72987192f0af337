/**
 * A card that another one has replaced, and that gave something all the same. The new card began with what the old one had come to, up to a number of its
 * ledger: what has a higher one is in neither. A card that was in hand was ended, so that no terminal serves it; what shows such a number is a copy
 * of it. A card that was lost may be served by terminals that the hotlist has not reached, before it was replaced or after; what the centre did not know
 * then was given twice, at most.
 */
import type { ReplacedDocument, Replacement, ServiceEvent } from '../documents.js';
import { contentOf, terminalOf } from '../evidence.js';
import { type LedgerDocument, ledgerWords } from '../families.js';
import type { Surroundings } from '../projections/projection.js';
import type { Finding, LikelyCause, Verdicts } from './case.js';

/** Id of the case of a replaced card that was served; without a sequence: that two cards took its place. */
export function replacedCaseId(card: number, ledgerSequence?: number): string {
  return ledgerSequence === undefined ? `replaced:${card}` : `replaced:${card}:${ledgerSequence}`;
}

/** Judges one service. One that was taken back gave nothing. */
export function judgeReplaced(document: LedgerDocument, at: Surroundings): Verdicts {
  const { card, ledgerSequence, family, suffix, events } = document;
  const replacement = Object.values(at.replacementsOf(card)?.by ?? {})
    .filter((one) => one.family === family)
    .sort((a, b) => a.closing - b.closing)
    .at(0);
  const entries = Object.entries(events);
  const voids = entries.filter(([, { type, voided }]) => type === 'void' && voided === ledgerSequence);
  const served = entries.filter(([, { type }]) => type === 'redemption');
  if (replacement === undefined || ledgerSequence <= replacement.closing || served.length === 0) return new Map();
  const [cause, reason] = words(document, { replacement, served });
  const terminals = [...new Set(served.map(([id]) => terminalOf(id)))];
  const programmes = new Set(served.map(([, { programme }]) => programme));
  const finding: Finding = {
    ...{ kind: 'replaced', cause, reason },
    subject: {
      ...{ card, ledgerSequence },
      ...(programmes.size === 1 ? { programme: [...programmes][0] } : {}),
      ...(terminals.length === 1 ? { terminal: terminals[0] } : {}),
    },
    events: served.map(([id]) => id),
    healed: voids.length === 0 ? null : { what: 'The service was taken back.', events: voids.map(([id]) => id) },
  };
  return new Map([[`${replacedCaseId(card, ledgerSequence)}${suffix}`, finding]]);
}

interface Served {
  readonly replacement: Replacement;
  readonly served: readonly (readonly [string, ServiceEvent])[];
}

function words(document: LedgerDocument, { replacement, served }: Served): [LikelyCause, string] {
  const { card, ledgerSequence } = document;
  const where = [...new Set(served.map(([id]) => terminalOf(id)))].sort().join(', ');
  const items = served[0]?.[1].items.map(({ commodity, quantity }) => `${quantity} of commodity ${commodity}`) ?? [];
  const isBefore = served.every(([, { time }]) => time < replacement.time);
  const what = `Card ${card} was served ${items.join(', ')} at ${where}, number ${ledgerSequence} of ${ledgerWords(document)}, `;
  if (replacement.cause === 'in-hand')
    return [
      'clone',
      `${what}although card ${replacement.other} has taken its place and carries on from number ${replacement.closing}. The card itself was ended at the desk, so this is a copy of it.`,
    ];
  return isBefore
    ? [
        'card',
        `${what}before card ${replacement.other} took its place as that of a lost card, and the centre had not heard of it: the new card began without it.`,
      ]
    : [
        'card',
        `${what}after card ${replacement.other} had taken its place as that of a lost card: whoever has it goes on drawing where the hotlist has not come. The new card began without it.`,
      ];
}

/** Judges whether one card took the place of this one. */
export function judgeReplacedTwice({ card, by }: ReplacedDocument): Verdicts {
  const entries = Object.entries(by);
  const others = [...new Set(entries.map(([, { other }]) => other))].sort((a, b) => a - b);
  if (others.length < 2) return new Map();
  const desks = [...new Set(entries.map(([id]) => terminalOf(id)))].sort();
  const times = new Set(entries.map(([id, one]) => contentOf(terminalOf(id), one))).size;
  const finding: Finding = {
    ...{ kind: 'replaced', cause: 'terminal' },
    reason: `Cards ${others.join(' and ')} were both made in the place of card ${card}, at ${desks.join(', ')}, of ${times} ledgers: its balances were carried on more than once.`,
    subject: { card, ...(desks.length === 1 ? { terminal: desks[0] } : {}) },
    events: entries.map(([id]) => id),
    healed: null,
  };
  return new Map([[replacedCaseId(card), finding]]);
}
