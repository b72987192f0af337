/** Defects in the order of a tap, in what is believed of a card, and in the rules. */
import type { Mutant } from './mutant.js';

const SERVE = 'agent/tap/serve.ts';
const ASSESS = 'agent/tap/assess.ts';

/** See the head of this file. */
export const TAP_MUTANTS: readonly Mutant[] = [
  {
    name: 'grant-before-commit',
    defect: 'The screen turns green while the COMMIT is still on its way to the disk.',
    file: SERVE,
    search: 'const recorded = await deps.journal.append([',
    replacement: `const epoch = deps.journal.epochs().at(-1);
    const none = new Uint8Array(32);
    const place = { epoch: epoch?.name ?? '', seq: (epoch?.lastSeq ?? 0) + 1, bytes: none, bodyHash: none, head: none };
    const recorded = [place];
    const later = (entries) => void deps.journal.append(entries).catch(() => undefined);
    later([`,
    first: 'exhaustive',
  },
  {
    name: 'matching-read-trusted',
    defect: 'A tap that was interrupted is granted because the slot reads as it should, without writing it again.',
    file: SERVE,
    search: "  let failure: ErrorCode = 'ERR_CARD_WRITE';\n",
    replacement: `  let failure: ErrorCode = 'ERR_CARD_WRITE';
  const there = await store.readSlot(index).catch(() => null);
  if (there !== null && sameBytes(there.subarray(0, intent.slotImage.length), intent.slotImage)) return null;
`,
    first: 'exhaustive',
  },
  {
    name: 'card-before-intent',
    defect: 'The card is written first, and the INTENT recorded afterwards.',
    file: SERVE,
    search:
      "await deps.journal.append([...doubtEntries(deps, card), ...taken.entries, { kind: 'step', step: intent }]);",
    replacement: `const { store, credential } = card;
    const early = await writeAndVerify(deps, { store, intent, versions: grant.versions, cardKey: credential.cardKey });
    if (early !== null) return { result: 'refused', code: early };
    await deps.journal.append([...doubtEntries(deps, card), ...taken.entries, { kind: 'step', step: intent }]);`,
    first: 'exhaustive',
  },
  {
    name: 'fall-back-to-older-slot',
    defect: 'When the newest slot is damaged, the older one is believed without a word and without a cap.',
    file: ASSESS,
    search: 'const damaged = standing.length < 2;',
    replacement: 'const damaged = false;',
    first: 'exhaustive',
  },
  {
    name: 'card-sequence-used-again',
    defect: 'After a damaged slot the next record takes the number of the one that may have been in it.',
    file: ASSESS,
    search: '(damaged ? 3 : 1)',
    replacement: '1',
    first: 'exhaustive',
  },
  {
    name: 'old-image-served',
    defect: 'An older content of the card, put back with a phone, is served again where the newer one was written.',
    file: ASSESS,
    search: "if (newest.record.sequence < mark.sequence) return refuse('ERR_LEDGER_OLD_IMAGE');",
    replacement: '',
    first: 'exhaustive',
  },
  {
    name: 'hotlist-ignored-on-resume',
    defect: 'A blocked card is served all the same when an interrupted tap of it is resumed.',
    file: 'agent/tap/open-card.ts',
    search: 'isHotlisted: (serial) => deps.trust.isHotlisted(serial),',
    replacement: `isHotlisted: (serial) =>
        deps.trust.isHotlisted(serial) &&
        ![...deps.journal.state().openIntents.values()].some(({ intent }) => intent.card === serial),`,
    first: 'exhaustive',
  },
  {
    name: 'clock-opens-the-quota',
    defect: 'A terminal whose clock stands at the day before gives the quota of that day as well.',
    file: 'agent/services/time.ts',
    search: 'return Math.max(ledger.day, day);',
    replacement: 'return day;',
    first: 'exhaustive',
  },
  {
    name: 'list-half-applied',
    defect: 'A new hotlist is in force before all of it was read: its first card is not blocked.',
    file: 'agent/trust/lists.ts',
    search: 'hotlist: new Set(hotlist?.cards ?? []),',
    replacement: 'hotlist: new Set((hotlist?.cards ?? []).slice(1)),',
    first: 'seeds',
  },
  {
    name: 'older-list-taken',
    defect: 'A list that is older than the one in force is taken.',
    file: 'agent/trust/lists.ts',
    search: 'if (next[kind] >= floor[kind]) continue;',
    replacement: 'if (next[kind] >= 0) continue;',
    first: 'exhaustive',
  },
  {
    name: 'list-before-disk',
    defect: 'New lists are in force at once and never reach the disk: a restart goes back to older ones.',
    file: 'agent/trust/accepted.ts',
    search: `await replaceFile(disk, { folder, name: ACCEPTED_NAME }, lists);
  // Second, so that it never asks for more than what is there to serve with.
  await replaceFile(disk, { folder, name: FLOOR_NAME }, encodeFloor(versions));`,
    replacement: 'void [disk, folder, lists, versions];',
    first: 'exhaustive',
  },
  {
    name: 'void-gives-back-twice',
    defect: 'A service that is taken back gives twice the quantity back to the quota.',
    file: 'agent/services/take-back.ts',
    search: 'usedDay: Math.max(0, usedDay - fromDay),',
    replacement: 'usedDay: Math.max(0, usedDay - 2 * fromDay),',
    first: 'seeds',
  },
  {
    name: 'void-not-recorded',
    defect: 'The quota is given back on the card, and no event says so.',
    file: 'agent/tap/commit.ts',
    search: `    { kind: 'step', step: { step: 'commit', tapId, atMs } },
    { kind: 'event', event },
    ...over.map(`,
    replacement: `    { kind: 'step', step: { step: 'closed', tapId, atMs } },
    ...over.slice(1).map(`,
    first: 'seeds',
  },
];
