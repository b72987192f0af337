/** Acknowledgements that are forged, foreign, replayed or outdated: a broker without keys can delay, and nothing else. */
import { describe, expect, it } from 'vitest';
import { signerFromSeed, verifierFromKey } from '../../../agent/credential/signature.js';
import { codeOf } from '../../../agent/domain/errors.js';
import type { BrokerMessage } from '../../../simulators/link/memory-broker.js';
import { encodeAck, NO_HEAD, readAck } from '../../../sync/protocol/ack.js';
import { ackTopic } from '../../../sync/protocol/topics.js';
import { CENTRE_ACK, seedOf } from '../../support/sync-events.js';
import { startWorld, TERMINAL, untilAcknowledged } from './bench.js';

const isAck = ({ topic }: BrokerMessage): boolean => topic === ackTopic(TERMINAL);

describe('an acknowledgement that is not one', () => {
  const verifiers = [verifierFromKey(CENTRE_ACK.publicKey)];

  it.each([
    [
      'signed by another key',
      'ERR_ACK_SIGNATURE',
      (bytes: Uint8Array) => encodeAck(readAck(bytes, verifiers), signerFromSeed(seedOf('mallory'))),
    ],
    ['damaged', 'ERR_ACK_FORMAT', (bytes: Uint8Array) => bytes.subarray(1)],
    [
      'for another terminal',
      'ERR_ACK_MISMATCH',
      (bytes: Uint8Array) => encodeAck({ ...readAck(bytes, verifiers), terminal: 'outlet-18' }, CENTRE_ACK),
    ],
  ] as const)('%s moves nothing', async (_, code, forge) => {
    const { time, centre, terminal } = await startWorld();
    centre.broker.tamper = (message) =>
      isAck(message) ? [{ ...message, payload: forge(message.payload) }] : [message];
    await terminal.serve(20);
    await time.advance(600_000);
    expect(terminal.journal.state().backlog).toBe(21);
    expect(terminal.journal.state().lastContactMs).toBeNull();
    expect(terminal.problems.map(codeOf)).toContain(code);
    expect(terminal.journal.epochs()).toHaveLength(1);
    centre.broker.tamper = (message) => [message];
    await untilAcknowledged(time, [terminal], 1_000_000);
  });

  it('that came before moves nothing, and is no proof of contact', async () => {
    const { time, centre, terminal } = await startWorld();
    await terminal.serve(20);
    await untilAcknowledged(time, [terminal]);
    const contactMs = terminal.uplink.status().lastContactMs;
    const old = centre.broker.published.filter(isAck);
    await centre.stopBridge();
    await terminal.serve(20);
    await time.advance(7_200_000);
    for (const message of [...old, ...old]) centre.broker.inject(message);
    await time.advance(10_000);
    expect(terminal.journal.state().backlog).toBe(20);
    expect(terminal.uplink.status().lastContactMs).toBe(contactMs);
    expect(terminal.journal.epochs()).toHaveLength(1);
  });

  it('from an older life of the centre moves nothing', async () => {
    const { time, centre, terminal } = await startWorld();
    await terminal.serve(20);
    await untilAcknowledged(time, [terminal]);
    const [epoch] = terminal.journal.epochs();
    const mark = terminal.journal.state().acknowledged.get(epoch?.name ?? '');
    const old = {
      terminal: TERMINAL,
      epoch: epoch?.name ?? '',
      seq: 0,
      head: NO_HEAD,
      time: 1_795_251_600,
      missing: [],
    };
    const payload = encodeAck({ ...old, incarnation: (mark?.incarnation ?? 0) - 1 }, CENTRE_ACK);
    centre.broker.inject({ topic: ackTopic(TERMINAL), payload });
    await time.advance(1_000);
    expect(terminal.problems.map(codeOf)).toContain('ERR_ACK_INCARNATION');
    expect(terminal.journal.state().acknowledged.get(epoch?.name ?? '')).toEqual(mark);
  });
});
