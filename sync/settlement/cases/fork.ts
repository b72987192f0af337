/**
 * A forked chain: the history of one terminal goes two ways. A terminal's events hash to one another, and each epoch names the end of the one
 * before, so this happens only when its data are put back to an earlier state, or copied to a second machine.
 */
import { eventId } from '../../../agent/domain/event.js';
import { BEFORE_FIRST, type EpochDocument } from '../documents.js';
import type { Surroundings } from '../projections/projection.js';
import type { Finding, LikelyCause, Verdicts } from './case.js';

/** Judges an epoch. Rejects with `ERR_DATABASE`. */
export async function judgeFork(document: EpochDocument, at: Surroundings): Promise<Verdicts> {
  const { terminal, epoch, rivals } = document;
  const successors = Object.entries(document.successors);
  const next = new Set(successors.map(([, successor]) => successor.epoch));
  const places = successors.map(([, { seq }]) => eventId(terminal, epoch, seq));
  const heads = epoch === BEFORE_FIRST ? new Map<string, string>() : await at.headsOf(places);
  const heldUpTo = document.held.at(-1)?.[1] ?? 0;
  const unfit = successors.filter(([, { seq, head }], index) => {
    const held = heads.get(places[index] ?? '');
    return epoch !== BEFORE_FIRST && ((held !== undefined && held !== head) || seq < heldUpTo);
  });
  const signs = [
    ...(Object.keys(rivals).length > 0 ? ['two different events stand in one place of its chain'] : []),
    ...(next.size > 1
      ? [`${next.size} later epochs (${[...next].sort().join(', ')}) each claim to go on from it`]
      : []),
    ...(document.closedAt === null ? [] : [`it was closed at event ${document.closedAt}, and more came after that`]),
    ...(unfit.length > 0 ? ['the epoch after it does not go on from what the centre holds'] : []),
  ];
  if (signs.length === 0) return new Map();
  const cause: LikelyCause = next.size > 1 || document.closedAt !== null ? 'clone' : 'terminal';
  const why =
    cause === 'clone'
      ? 'Another machine runs with the data and the key of the terminal, or it was put back to an earlier state more than once.'
      : 'The data of the terminal were put back to an earlier state, or a copy of it exists.';
  const where =
    epoch === BEFORE_FIRST
      ? `${terminal} began its history more than once`
      : `The history of ${terminal} forks in epoch ${epoch}`;
  const finding: Finding = {
    kind: 'forked-chain',
    cause,
    reason: `${where}: ${signs.join('; ')}. ${why}`,
    subject: { terminal, epoch },
    events: [
      ...Object.keys(rivals),
      ...Object.keys(rivals).map((id) => id.split(':').slice(0, 3).join(':')),
      ...(next.size > 1 ? successors : unfit).map(([id]) => id),
    ],
    healed: null,
  };
  return new Map([[`forked-chain:${terminal}:${epoch}`, finding]]);
}
