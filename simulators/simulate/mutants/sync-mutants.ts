/** Defects on the way to the centre, and in it. */
import type { Mutant } from './mutant.js';

const UPLINK = 'sync/uplink/uplink.ts';
const ACK_CHECK = 'sync/uplink/ack-check.ts';
const RECORDER = 'sync/bridge/recorder.ts';

/** See the head of this file. */
export const SYNC_MUTANTS: readonly Mutant[] = [
  {
    name: 'acknowledged-before-stored',
    defect: 'The bridge acknowledges a batch that the database did not take.',
    file: 'sync/bridge/worker.ts',
    search: "if (!stored) throw this.#returned(new WaslError('ERR_DATABASE', 'the batch could not be stored'));",
    replacement: 'void stored;',
    first: 'seeds',
  },
  {
    name: 'below-quorum-is-stored',
    defect: 'A document that too few nodes have taken (202, or an error in its row) counts as stored.',
    file: RECORDER,
    search: "if (outcome === 'failed') failed.push(document);",
    replacement: '',
    first: 'seeds',
  },
  {
    name: 'second-event-dropped',
    defect: 'Another event in a place that is taken counts as the same one.',
    file: RECORDER,
    search: 'const different = rivals.filter((rival, index) => !isSame(occupants[index], rival.event));',
    replacement:
      'const different = rivals.filter((rival, index) => !isSame(occupants[index], rival.event) && index < 0);',
    first: 'seeds',
  },
  {
    name: 'equivocation-overwritten',
    defect: 'Another event in a place that is taken is written over the first one.',
    file: RECORDER,
    search: 'const seconds = await createAll(',
    replacement: `for (const { batch, event } of different) await parts.store.put(database, eventDocument(batch, event));
  const seconds = await createAll(`,
    first: 'seeds',
  },
  {
    name: 'identified-by-number-alone',
    defect: "An event is known by terminal, quarter and number: a new epoch's first events land on the old one's.",
    file: 'sync/bridge/documents.ts',
    search: '_id: eventId(terminal, epoch, event.seq),',
    replacement: '_id: eventId(terminal, periodOf(epoch), event.seq),',
    first: 'seeds',
  },
  {
    name: 'cursor-survives-restore',
    defect: 'After a restore of the database a worker goes on acknowledging from what it remembers.',
    file: 'sync/bridge/acknowledger.ts',
    search: 'if (this.#incarnation !== null && this.#incarnation !== incarnation) cursors.clear();',
    replacement: '',
    first: 'exhaustive',
  },
  {
    name: 'own-head-not-compared',
    defect: 'An acknowledgement is believed though the centre holds another chain than ours.',
    file: ACK_CHECK,
    search: 'if (ack.seq > 0 && !sameBytes(head, ack.head)) return',
    replacement: 'if (ack.seq < 0 && !sameBytes(head, ack.head)) return',
    first: 'seeds',
  },
  {
    name: 'incarnation-ignored',
    defect:
      'An acknowledgement of an earlier life of the centre counts as one of this life, though a restore undid that life.',
    file: ACK_CHECK,
    search: "if (ack.incarnation < newestIncarnation(state)) throw new WaslError('ERR_ACK_INCARNATION');",
    replacement: 'void state;',
    also: [
      {
        file: 'sync/uplink/inbox.ts',
        search: 'const { epoch, seq, incarnation } = ack;',
        replacement: `const { epoch, seq } = ack;
    const lives = [...journal.state().acknowledged.values()].map((mark) => mark.incarnation);
    const incarnation = Math.max(ack.incarnation, ...lives);`,
      },
    ],
    first: 'exhaustive',
  },
  {
    name: 'restored-centre-not-asked',
    defect: 'What an earlier life of the centre acknowledged is never sent again: a restored centre stays incomplete.',
    file: 'sync/uplink/outbox.ts',
    search: 'if (told && (mark.incarnation >= incarnation || lastReadable(epoch) === 0)) continue;',
    replacement: 'if (told) continue;',
    first: 'seeds',
  },
  {
    name: 'forged-ack-taken',
    defect: 'The signature under an acknowledgement is not looked at.',
    file: 'sync/protocol/ack.ts',
    search: 'if (!verifiers.some((verifier) => verifier.verify(signed, signature)))',
    replacement: 'if (signed.length === 0 && !verifiers.some((verifier) => verifier.verify(signed, signature)))',
    first: 'seeds',
  },
  {
    name: 'time-from-the-broker',
    defect: 'The time floor follows whatever an acknowledgement says, before its signature is checked.',
    file: 'sync/uplink/inbox.ts',
    search: 'await this.#take(readAck(bytes, this.#parts.centre.ackVerifiers));',
    replacement: `const claimed = readAck(bytes, [
          { keyId: new Uint8Array(8), publicKey: new Uint8Array(32), verify: () => true },
        ]);
        await this.#parts.journal.append([{ kind: 'time-floor', atMs: claimed.time * 1000 }]);
        await this.#take(readAck(bytes, this.#parts.centre.ackVerifiers));`,
    first: 'seeds',
  },
  {
    name: 'puback-is-success',
    defect: "The broker's confirmation of a batch counts as if the centre had acknowledged it.",
    file: UPLINK,
    search: '({ heard }) => {\n',
    replacement: `({ heard }) => {
        const incarnation = newestIncarnation(journal.state());
        const mark = { epoch: epoch.name, seq: content.last, incarnation, atMs: 0 };
        void journal.append([{ kind: 'acknowledged', mark }]).catch(() => undefined);
`,
    first: 'seeds',
  },
  {
    name: 'dropped-when-full',
    defect: 'A batch that finds too much waiting at the centre is dropped and counted as stored.',
    file: 'sync/bridge/committer.ts',
    search: 'if (this.#waiting.length >= this.#limits.waitingMax) return Promise.resolve(false);',
    replacement: 'if (this.#waiting.length + this.#writes >= 1) return Promise.resolve(true);',
    first: 'seeds',
  },
  {
    name: 'one-event-skipped',
    defect: 'What is said again in a new epoch begins one event too late.',
    file: 'sync/uplink/reemit.ts',
    search: 'Math.max(2, fromSeq)',
    replacement: 'Math.max(3, fromSeq + 1)',
    first: 'seeds',
  },
];
