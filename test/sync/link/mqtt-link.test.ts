import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { WaslError } from '../../../agent/domain/errors.js';
import { type RunningBroker, startBroker } from '../../../simulators/central/broker.js';
import { GOOD_LINK, startLinkProxy } from '../../../simulators/link/proxy.js';
import type { LinkSession } from '../../../sync/link/link.js';
import { createMqttLink, type MqttLinkOptions } from '../../../sync/link/mqtt-link.js';
import { hasMosquitto, type RunningMosquitto, startMosquitto } from '../../support/mosquitto.js';
import { eventually, systemTimers } from '../../support/system.js';

const open: LinkSession[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close()));
});

let names = 0;
function linkTo(broker: { url: string; username?: string; password?: string }, more: Partial<MqttLinkOptions> = {}) {
  names += 1;
  const { url, username, password } = broker;
  return createMqttLink(
    {
      url,
      clientId: `test-${names}`,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      keepaliveS: 60,
      connectTimeoutMs: 3_000,
      closeTimeoutMs: 1_000,
      packetBytesMax: 100_000,
      topicAlias: true,
      ...more,
    },
    systemTimers,
  );
}

interface Heard {
  readonly session: LinkSession;
  readonly messages: string[];
  readonly closed: (WaslError | null)[];
}

async function connected(
  link: ReturnType<typeof createMqttLink>,
  onMessage: () => void | Promise<void> = () => {},
): Promise<Heard> {
  const messages: string[] = [];
  const closed: (WaslError | null)[] = [];
  const session = await link.connect({
    message: (topic, payload) => {
      messages.push(`${topic} ${Buffer.from(payload).toString()}`);
      return onMessage();
    },
    closed: (error) => closed.push(error),
  });
  open.push(session);
  return { session, messages, closed };
}

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));

/** What holds on every broker. */
function everyBroker(broker: () => { url: string; username?: string; password?: string }): void {
  it('delivers what is published, confirmed, in order', async () => {
    const receiver = await connected(linkTo(broker()));
    await receiver.session.subscribe('a/+/up');
    const { session } = await connected(linkTo(broker()));
    for (let index = 0; index < 5; index += 1) await session.publish('a/b/up', bytes(`message ${index}`));
    await eventually('all arrived', () => receiver.messages.length === 5);
    expect(receiver.messages).toEqual([0, 1, 2, 3, 4].map((index) => `a/b/up message ${index}`));
  });

  it('knows of no message that somebody subscribed to that it went unheard', async () => {
    const receiver = await connected(linkTo(broker()));
    await receiver.session.subscribe('heard/+/up');
    const { session } = await connected(linkTo(broker()));
    const published = await Promise.all([1, 2, 3].map(() => session.publish('heard/b/up', bytes('x'))));
    expect(published.every((said) => said.heard !== false)).toBe(true);
  });

  it('takes the next message only when the one before is dealt with', async () => {
    let release = (): void => {};
    const receiver = await connected(
      linkTo(broker()),
      () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    );
    await receiver.session.subscribe('slow');
    const { session } = await connected(linkTo(broker()));
    await Promise.all([1, 2, 3].map((index) => session.publish('slow', bytes(`${index}`))));
    for (let taken = 1; taken <= 3; taken += 1) {
      await eventually(`message ${taken}`, () => receiver.messages.length === taken);
      expect(receiver.messages).toHaveLength(taken);
      release();
    }
  });

  it('closes the session when a message cannot be dealt with', async () => {
    const receiver = await connected(linkTo(broker()), () => Promise.reject(new Error('no')));
    await receiver.session.subscribe('refused');
    const { session } = await connected(linkTo(broker()));
    await session.publish('refused', bytes('x'));
    await eventually('closed', () => receiver.closed.length === 1);
    expect(receiver.closed[0]?.code).toBe('ERR_BROKER');
    await expect(receiver.session.publish('a', bytes('x'))).rejects.toMatchObject({ code: 'ERR_BROKER' });
  });

  it('says once that it closed, and rejects what was not confirmed, when the connection is cut', async () => {
    const proxy = await startLinkProxy(Number(new URL(broker().url).port), GOOD_LINK, systemTimers);
    const { session, closed } = await connected(linkTo({ ...broker(), url: `mqtt://127.0.0.1:${proxy.port}` }));
    proxy.setConditions({ kbitPerS: 1, latencyMs: 0 });
    const publishing = session.publish('a', new Uint8Array(10_000));
    const outcome = expect(publishing).rejects.toMatchObject({ code: 'ERR_BROKER' });
    proxy.cut();
    await outcome;
    await eventually('closed', () => closed.length > 0);
    await session.close();
    expect(closed).toHaveLength(1);
    expect(closed[0]?.code).toBe('ERR_BROKER');
    await proxy.close();
  });

  it('says without an error that it closed, when asked to', async () => {
    const { session, closed } = await connected(linkTo(broker()));
    await Promise.all([session.close(), session.close()]);
    expect(closed).toEqual([null]);
  });

  it('says so when there is no broker', async () => {
    const link = linkTo({ ...broker(), url: 'mqtt://127.0.0.1:1' });
    await expect(connected(link)).rejects.toMatchObject({ code: 'ERR_BROKER' });
  });
}

describe('the link to the embedded broker, which has MQTT 3.1.1 only', () => {
  let broker: RunningBroker;
  beforeAll(async () => {
    broker = await startBroker({ port: 0 });
  });
  afterAll(() => broker?.close());
  everyBroker(() => broker);

  it('asks for 3.1.1 after MQTT 5 was refused, and does not ask for 5 again', async () => {
    const proxy = await startLinkProxy(broker.port, GOOD_LINK, systemTimers);
    const link = linkTo({ ...broker, url: `mqtt://127.0.0.1:${proxy.port}` });
    const first = await connected(link);
    expect(first.session.sharedSubscriptions).toBe(false);
    expect(proxy.connections()).toBe(2);
    await connected(link);
    expect(proxy.connections()).toBe(3);
    await proxy.close();
  });

  it('is refused with a wrong password', async () => {
    await expect(connected(linkTo({ ...broker, password: 'wrong' }))).rejects.toMatchObject({ code: 'ERR_BROKER' });
  });
});

describe.runIf(hasMosquitto())('the link to Mosquitto', () => {
  let broker: RunningMosquitto;
  beforeAll(async () => {
    broker = await startMosquitto();
  });
  afterAll(() => broker?.close());
  everyBroker(() => broker);

  it('speaks MQTT 5, shares subscriptions, and replaces a repeated topic by a number', async () => {
    const proxy = await startLinkProxy(broker.port, GOOD_LINK, systemTimers);
    const { session } = await connected(linkTo({ url: `mqtt://127.0.0.1:${proxy.port}` }));
    expect(session.sharedSubscriptions).toBe(true);
    const topic = 'a/topic/that/is/rather/long';
    const lengths: number[] = [];
    for (let index = 0; index < 3; index += 1) {
      proxy.resetCount();
      await session.publish(topic, bytes('x'));
      lengths.push(proxy.count().up);
    }
    expect(lengths).toEqual([38, 11, 11]);
    await proxy.close();
  });

  it('gives each message of a shared subscription to one of its members', async () => {
    const members = await Promise.all([1, 2, 3].map(() => connected(linkTo(broker))));
    for (const { session } of members) await session.subscribe('$share/group/shared/+');
    const { session } = await connected(linkTo(broker));
    for (let index = 0; index < 12; index += 1) await session.publish(`shared/${index}`, bytes('x'));
    const all = (): string[] => members.flatMap((member) => member.messages);
    await eventually('all arrived', () => all().length === 12);
    expect(new Set(all()).size).toBe(12);
    expect(members.every((member) => member.messages.length > 0)).toBe(true);
  });

  it('hears from it that nobody was there for a message, and which one', async () => {
    const receiver = await connected(linkTo(broker));
    await receiver.session.subscribe('there');
    const { session } = await connected(linkTo(broker));
    const topics = ['nobody', 'there', 'nobody', 'there'];
    const published = await Promise.all(topics.map((topic) => session.publish(topic, bytes('x'))));
    expect(published).toEqual(topics.map((topic) => ({ heard: topic === 'there' })));
  });

  it('notices that the broker died', async () => {
    const mortal = await startMosquitto();
    const { closed } = await connected(linkTo(mortal));
    await mortal.kill();
    await eventually('closed', () => closed.length === 1);
    expect(closed[0]?.code).toBe('ERR_BROKER');
    await mortal.close();
  });
});

describe.runIf(hasMosquitto())('the link to Mosquitto over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wasl-tls-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  };
  const pem = (name: string): string => readFileSync(join(folder, name), 'utf8');

  it('checks the certificate of the broker and shows its own', async () => {
    for (const ca of ['ca', 'other'])
      openssl(
        'req',
        '-x509',
        '-newkey',
        'ed25519',
        '-nodes',
        '-days',
        '2',
        '-subj',
        `/CN=${ca}`,
        '-keyout',
        `${ca}.key`,
        '-out',
        `${ca}.pem`,
      );
    for (const name of ['localhost', 'outlet-17']) {
      openssl(
        'req',
        '-newkey',
        'ed25519',
        '-nodes',
        '-subj',
        `/CN=${name}`,
        '-addext',
        `subjectAltName=DNS:${name}`,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
      );
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-days',
        '2',
        '-copy_extensions',
        'copy',
        '-out',
        `${name}.pem`,
      );
    }
    const file = (name: string): string => join(folder, name);
    const broker = await startMosquitto([
      `cafile ${file('ca.pem')}`,
      `certfile ${file('localhost.pem')}`,
      `keyfile ${file('localhost.key')}`,
      'require_certificate true',
      'use_identity_as_username true',
    ]);
    const url = `mqtts://localhost:${broker.port}`;
    const own = { cert: pem('outlet-17.pem'), key: pem('outlet-17.key') };
    await connected(linkTo({ url }, { tls: { ca: pem('ca.pem'), ...own } }));
    for (const tls of [{ ca: pem('other.pem'), ...own }, { ca: pem('ca.pem') }, own])
      await expect(connected(linkTo({ url }, { tls }))).rejects.toMatchObject({ code: 'ERR_BROKER' });
    await broker.close();
  });
});
