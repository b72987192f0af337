/** The published formats against the code that makes and reads them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../../../agent/credential/cbor.js';
import { hashOf, LABELS } from '../../../agent/credential/hash.js';
import { sigStructure } from '../../../agent/credential/signature.js';
import type { WaslEvent } from '../../../agent/domain/event.js';
import { ACK_BYTES_MAX, ACK_RANGES_MAX, encodeAck, NO_HEAD } from '../../../sync/protocol/ack.js';
import {
  BATCH_BYTES_MAX,
  BATCH_EVENTS_BYTES_MAX,
  BATCH_EVENTS_MAX,
  openBatch,
  readSealedBatch,
  signedBytes,
} from '../../../sync/protocol/batch.js';
import { EVENT_BYTES_MAX, encodeEvent } from '../../../sync/protocol/event-codec.js';
import { openSealed } from '../../../sync/protocol/seal.js';
import { ackTopic, BATCH_FILTER, batchTopic, SHARED_BATCH_FILTER } from '../../../sync/protocol/topics.js';
import { CENTRE_ACK, CENTRE_SEAL, OPENING_S, outletEvents, seedOf, testChain } from '../../support/sync-events.js';
import { looseEnds, matchesRule } from '../../vectors/cddl.js';
import { parseCddl } from '../../vectors/cddl-parser.js';
import { readCbor } from '../../vectors/independent-cbor.js';

const text = (name: string): string => readFileSync(new URL(`../../../docs/formats/${name}`, import.meta.url), 'utf8');
const events = parseCddl(text('event.cddl'));
const sync = parseCddl(text('sync.cddl'));
const chain = testChain('outlet-17', outletEvents(20, 'formats'));

const versions = { keys: 3, hotlist: 0, policy: 17, time: 'doubtful' } as const;
const everyType: WaslEvent[] = [
  { type: 'epoch', time: OPENING_S, cause: 'first', previous: null },
  {
    type: 'epoch',
    time: OPENING_S,
    cause: 'damage',
    previous: { epoch: '2026q3-abcdefgh', seq: 7, head: seedOf('a head') },
  },
  ...outletEvents(3, 'formats'),
  { type: 'refusal', time: OPENING_S, reason: 'ERR_QUOTA_DAY', card: null, programme: 1, versions },
  { type: 'refusal', time: OPENING_S, reason: 'ERR_QUOTA_DAY', card: 12, programme: 1, versions },
  {
    type: 'unresolved',
    time: OPENING_S,
    card: 12,
    ledgerSequence: 4,
    programme: 1,
    items: [],
    reason: 'ERR_TAP_UNRESOLVED',
  },
  { type: 'alarm', time: OPENING_S, code: 'ERR_JOURNAL_SPACE', count: 3 },
];

describe('event.cddl and sync.cddl', () => {
  it.each([
    ['event.cddl', events],
    ['sync.cddl', sync],
  ])('%s defines every name that it uses, and uses every name that it defines', (_, rules) => {
    expect(looseEnds(rules)).toEqual({ undefinedNames: [], unusedRules: [] });
  });

  it.each(everyType.map((event) => [event.type, event] as const))('describe an event: %s', (_, event) => {
    expect(matchesRule(events, 'event', readCbor(encodeEvent(event)))).toBe(true);
  });

  it('describe no event that lacks a field or has one too many', () => {
    for (const event of everyType) {
      const fields = readCbor(encodeEvent(event)) as readonly unknown[];
      expect(matchesRule(events, 'event', fields.slice(0, -1))).toBe(false);
      expect(matchesRule(events, 'event', [...fields, 0])).toBe(false);
    }
  });

  it('describe what the chain hashes', () => {
    const inputs = {
      'base-input': [LABELS.epoch, 'outlet-17', chain.epoch, null],
      'salt-input': [LABELS.salt, 1],
      'body-input': [LABELS.body, new Uint8Array(16), chain.events[1]],
      'head-input': [LABELS.chain, chain.base, 1, seedOf('a hash')],
    };
    for (const [rule, input] of Object.entries(inputs))
      expect(matchesRule(events, rule, readCbor(encodeCbor(input))), rule).toBe(true);
    const base = createHash('sha256').update(encodeCbor(inputs['base-input'])).digest('hex');
    expect(Buffer.from(chain.base).toString('hex')).toBe(base);
  });

  it('describe a batch, what it is sealed and signed over, and how its content is laid out', () => {
    const bytes = chain.batch(1, 21);
    expect(matchesRule(sync, 'batch', readCbor(bytes))).toBe(true);
    const sealed = readSealedBatch(bytes);
    const opened = openBatch(sealed, [CENTRE_SEAL]);
    expect(matchesRule(sync, 'batch-signature', readCbor(signedBytes(opened)))).toBe(true);
    const nonceInput = [LABELS.seal, sealed.sealed.slice(0, 32), CENTRE_SEAL.publicKey];
    expect(matchesRule(sync, 'seal-input', readCbor(encodeCbor(nonceInput)))).toBe(true);
    const content = openSealed(sealed.sealed, [CENTRE_SEAL]) ?? new Uint8Array();
    expect(Buffer.from(content.subarray(0, 32)).equals(chain.base)).toBe(true);
    expect(Buffer.from(content.subarray(32, 64)).equals(chain.saltKey)).toBe(true);
    expect(Buffer.from(content.subarray(64, 128)).equals(opened.signature)).toBe(true);
    const packed = readCbor(inflateRawSync(content.subarray(128))) as readonly unknown[];
    expect(packed).toHaveLength(21);
    expect(packed.every((event) => matchesRule(events, 'event', event))).toBe(true);
  });

  it('describe the smallest batch that there can be', () => {
    const smallest = readSealedBatch(chain.batch(2, 2)).sealed.length;
    expect(smallest).toBeGreaterThanOrEqual(177);
    expect(text('sync.cddl')).toContain('(177..65536)');
  });

  it('describe an acknowledgement and what it is signed over', () => {
    const range = (first: number) => ({ first, last: first + 10 });
    const ack = {
      terminal: 'outlet-17',
      epoch: chain.epoch,
      seq: 9,
      head: chain.headAt(9),
      incarnation: OPENING_S,
      time: OPENING_S,
      missing: Array.from({ length: ACK_RANGES_MAX }, (_, index) => range(10 + 20 * index)),
    };
    for (const sample of [ack, { ...ack, seq: 0, head: NO_HEAD, missing: [] }]) {
      const item = readCbor(encodeAck(sample, CENTRE_ACK)) as readonly unknown[];
      expect(matchesRule(sync, 'acknowledgement', item)).toBe(true);
      const signed = sigStructure(LABELS.acknowledgement, encodeCbor(item.slice(0, -1)));
      expect(matchesRule(sync, 'acknowledgement-signature', readCbor(signed))).toBe(true);
    }
  });

  it('state the limits that the code has', () => {
    const figures = (value: number): string => value.toLocaleString('en-US');
    for (const limit of [BATCH_BYTES_MAX, BATCH_EVENTS_BYTES_MAX]) expect(text('sync.cddl')).toContain(figures(limit));
    expect(text('sync.cddl')).toContain(`1 to ${BATCH_EVENTS_MAX} consecutive events`);
    expect(text('sync.cddl')).toContain(`At most ${ACK_BYTES_MAX} bytes.`);
    expect(text('event.cddl')).toContain(`at most ${EVENT_BYTES_MAX} bytes`);
    expect(hashOf(LABELS.body)).toHaveLength(32);
  });
});

describe('asyncapi.yaml', () => {
  it('names the topics that the code uses', () => {
    const document = text('asyncapi.yaml');
    for (const topic of [batchTopic('{terminal}'), ackTopic('{terminal}')])
      expect(document).toContain(`address: ${topic}\n`);
    expect(document).toContain(`\`${SHARED_BATCH_FILTER}\``);
    expect(SHARED_BATCH_FILTER.endsWith(BATCH_FILTER)).toBe(true);
  });
});
