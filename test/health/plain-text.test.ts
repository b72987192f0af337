/** What everybody else gets of a health record: the card's memory as a shop's terminal reads it, the wire, the journal on the disk, and the event at the centre. */
import { connect, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifierFromKey } from '../../agent/credential/signature.js';
import { forwards } from '../../agent/journal/books/read-events.js';
import { systemRandom, systemTimers } from '../../agent/system.js';
import { presentedCard } from '../../simulators/cards/media.js';
import { freePort } from '../../simulators/process/ports.js';
import { createMqttLink } from '../../sync/link/mqtt-link.js';
import { openBatch, readSealedBatch } from '../../sync/protocol/batch.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { sealKeyFromSecret } from '../../sync/protocol/seal.js';
import { batchTopic } from '../../sync/protocol/topics.js';
import { UPLINK_LIMITS } from '../../sync/uplink/parts.js';
import { Uplink } from '../../sync/uplink/uplink.js';
import { soon } from '../kiosk/soon.js';
import { READS_AND_WRITES } from '../support/desk.js';
import { hasMosquitto, type RunningMosquitto, startMosquitto } from '../support/mosquitto.js';
import { signerOf } from '../support/people.js';
import { type HealthDesk, healthCard, healthDesk } from './bench.js';
import { vaultOf } from './samples.js';

const TEXTS = ['تحليل سكر تراكمي HbA1c', 'HIV negative', 'penicillin allergy'] as const;
const CENTRE = sealKeyFromSecret(new Uint8Array(32).fill(77));

/** Every form in which a text could stand somewhere: as it is, in hexadecimal, in base64 at each of three offsets. */
function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const shifted = [0, 1, 2].map((by) =>
    Buffer.concat([Buffer.alloc(by), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [bytes.toString('latin1'), bytes.toString('hex'), bytes.toString('hex').toUpperCase(), ...shifted];
}

function textsIn(bytes: Uint8Array): string[] {
  const all = Buffer.from(bytes).toString('latin1');
  return TEXTS.filter((text) => formsOf(text).some((form) => all.includes(form)));
}

/** A card with three records, and the desk that wrote them. */
async function written() {
  const [card, unit] = [await healthCard(), await healthDesk()];
  await unit.lay(card);
  await unit.open();
  await unit.add('laboratory-request', TEXTS[0]);
  await unit.add('history', TEXTS[1]);
  await unit.add('allergy', TEXTS[2]);
  return { card, unit };
}

it('finds a text that is there', () => {
  expect(textsIn(Buffer.from(TEXTS[1]))).toEqual([TEXTS[1]]);
  expect(textsIn(Buffer.from(Buffer.from(`x${TEXTS[2]}y`).toString('base64')))).toEqual([TEXTS[2]]);
});

describe('a shop that serves rations with the same card', () => {
  it('reads nothing of its health records, in the dump or in any answer of the card', async () => {
    const { card } = await written();
    const answers: Uint8Array[] = [];
    const presented = presentedCard(card);
    if (presented.kind !== 'apdu') throw new Error('a smart card');
    const { transmit } = presented;
    presented.transmit = async (command) => {
      const answer = await transmit.call(presented, command);
      answers.push(command, answer);
      return answer;
    };
    const shop = await healthDesk({ terminal: 12, role: 'clerk', keys: null });
    await shop.tap.present(presented, READS_AND_WRITES);
    const { healthRecords } = await shop.deps.openMedium(presented, { canWrite: true });
    expect(await healthRecords?.readRecords()).toHaveLength(3);
    await healthRecords?.readKey();
    expect(textsIn(Buffer.concat(answers))).toEqual([]);
    expect(textsIn(Buffer.from(JSON.stringify(card.toJSON())))).toEqual([]);
    expect(vaultOf(null).epoch()).toBeNull();
  });
});

describe('the terminal that wrote them', () => {
  it('has nothing of them in clear: neither on its disk, which is sealed, nor in its events', async () => {
    const { unit } = await written();
    const events: Uint8Array[] = [];
    for await (const { bytes } of forwards(unit.journal)) events.push(bytes);
    expect(events.length).toBeGreaterThan(3);
    expect(textsIn(Buffer.concat(events))).toEqual([]);
    const disk = Buffer.concat(unit.disk.files().map((path) => unit.disk.peek(path)));
    expect(disk.length).toBeGreaterThan(1000);
    expect(textsIn(disk)).toEqual([]);
  });
});

describe.skipIf(!hasMosquitto())('the wire to the centre', () => {
  let broker: RunningMosquitto;
  let tapped: Server;
  const captured: Buffer[] = [];
  let port = 0;

  beforeAll(async () => {
    broker = await startMosquitto();
    port = await freePort();
    tapped = createServer((client) => {
      const up = connect(broker.port, '127.0.0.1');
      for (const [from, to] of [
        [client, up],
        [up, client],
      ] as const) {
        from.on('data', (bytes: Buffer) => {
          captured.push(bytes);
          to.write(bytes);
        });
        from.on('error', () => to.destroy());
        from.on('close', () => to.end());
      }
    });
    await new Promise<void>((resolve) => tapped.listen(port, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    tapped.close();
    await broker.close();
  });

  const linkTo = (url: string, clientId: string) =>
    createMqttLink(
      {
        ...{ url, clientId, keepaliveS: 60, connectTimeoutMs: 30_000, closeTimeoutMs: 2_000 },
        ...{ packetBytesMax: 100_000, topicAlias: false },
      },
      systemTimers,
    );
  const uplinkOf = (desk: HealthDesk): Uplink =>
    new Uplink({
      ...{ terminal: 'unit-1', journal: desk.journal, link: linkTo(`mqtt://127.0.0.1:${port}`, 'unit-1') },
      signer: signerOf(11),
      centre: { sealPublicKey: CENTRE.publicKey, ackVerifiers: [verifierFromKey(signerOf(5).publicKey)] },
      ...{
        clock: { nowMs: () => desk.clock.ms },
        timers: systemTimers,
        random: systemRandom,
        limits: { ...UPLINK_LIMITS, lingerMs: 10 },
      },
      report: () => undefined,
    });

  it('carries the events, and shows no text; the centre that opens them sees kind, day and site', async () => {
    const { unit } = await written();
    const batches: Uint8Array[] = [];
    const centre = await linkTo(broker.url, 'centre').connect({
      message: (_topic, payload) => {
        batches.push(payload);
      },
      closed: () => undefined,
    });
    await centre.subscribe(batchTopic('unit-1'));
    const uplink = uplinkOf(unit);
    uplink.start();
    await soon(() => batches.length, 60_000).toBeGreaterThan(0);
    await uplink.stop();
    await centre.close();
    const opened = batches.flatMap((batch) => openBatch(readSealedBatch(batch), [CENTRE]).events);
    const added = opened.map(({ bytes }) => decodeEvent(bytes)).filter((event) => event.type === 'health-added');
    expect(added.map(({ kind, site }) => [kind, site])).toEqual([
      ['laboratory-request', 11],
      ['history', 11],
      ['allergy', 11],
    ]);
    const wire = Buffer.concat(captured);
    // The capture holds what was sent: the batch itself is found in it.
    expect(wire.includes(Buffer.from(batches[0] ?? [0]))).toBe(true);
    expect(textsIn(wire)).toEqual([]);
    expect(textsIn(Buffer.concat(opened.map(({ bytes }) => bytes)))).toEqual([]);
  });
});
