import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Log } from '../../../agent/domain/log.js';
import { type RunningBroker, startBroker } from '../../../simulators/central/broker.js';
import { MemoryStore } from '../../../simulators/central/memory-store.js';
import { type BridgeConfigInput, checkBridgeConfig } from '../../../sync/bridge/config.js';
import { createCouchStore } from '../../../sync/bridge/couch-store.js';
import { type RunningBridge, runBridge } from '../../../sync/bridge/main.js';
import { beginIncarnation, enrolTerminal, Registry } from '../../../sync/bridge/registry.js';
import { bridgeDeps, COUCH_TURN_MS, SILENT, startTestCouch, storeOn, type TestCouch } from '../../support/central.js';
import { startFaultProxy } from '../../support/http-faults.js';
import { terminalSigner } from '../../support/sync-events.js';
import { eventually, systemClock, systemTimers } from '../../support/system.js';

let couch: TestCouch;
let broker: RunningBroker;
let bridge: RunningBridge | null = null;

beforeAll(async () => {
  couch = await startTestCouch();
  broker = await startBroker({ port: 0 });
}, COUCH_TURN_MS);
afterEach(async () => {
  await bridge?.stop();
  bridge = null;
});
afterAll(async () => {
  await broker?.close();
  await couch?.close();
});

function config(more: Partial<BridgeConfigInput> = {}): BridgeConfigInput {
  return {
    broker: { url: broker.url, username: broker.username },
    couch: { url: couch.url, username: couch.username },
    consumers: 1,
    healthPort: 0,
    backoff: { baseMs: 50, maxMs: 100 },
    ...more,
  };
}

function start(more: Partial<BridgeConfigInput> = {}, log: Log = SILENT): Promise<RunningBridge> {
  const deps = bridgeDeps(couch, { log });
  return runBridge(config(more), { ...deps, secrets: { ...deps.secrets, brokerPassword: broker.password } });
}

describe('the configuration of a bridge', () => {
  it('names every mistake at once, with its path', () => {
    const wrong = {
      broker: { url: 'http://x' },
      couch: { url: 'mqtt://y', username: '' },
      consumers: 99,
      colour: 'blue',
    };
    expect(() => checkBridgeConfig(wrong)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }));
    try {
      checkBridgeConfig(wrong);
    } catch (error) {
      const { message } = error as Error;
      for (const path of ['broker.url', 'couch.url', 'couch.username', 'consumers', 'colour'])
        expect(message).toContain(path);
    }
  });

  it('has no room for a password', () => {
    expect(() => checkBridgeConfig(config({ couch: { url: 'http://admin:secret@x:1', username: 'admin' } }))).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG' }),
    );
    expect(() => checkBridgeConfig(config({ broker: { url: 'mqtt://u:p@x:1' } }))).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG' }),
    );
  });
});

describe('a bridge', () => {
  it('does not start with secrets of the wrong length', async () => {
    const deps = bridgeDeps(couch);
    for (const wrong of [{ ackSeed: new Uint8Array(31) }, { sealSecretKeys: [new Uint8Array(33)] }])
      await expect(runBridge(config(), { ...deps, secrets: { ...deps.secrets, ...wrong } })).rejects.toMatchObject({
        code: 'ERR_SECRET',
      });
  });

  it('does not start when the port of its health page is taken', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => {
        const address = other.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    await expect(start({ healthPort: port })).rejects.toMatchObject({ code: 'ERR_PORT_IN_USE' });
    other.close();
  });

  it('shows how it is doing', async () => {
    bridge = await start();
    const url = `http://127.0.0.1:${bridge.healthPort}`;
    await eventually('connected', () => bridge?.health().connected ?? false);
    const health = await fetch(`${url}/healthz`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ connected: true, counters: { eventsStored: 0, acksSent: 0 } });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('wasl_bridge_connected 1\n');
    expect(metrics).toContain('wasl_bridge_dead_letters_dropped_total 0\n');
    expect((await fetch(`${url}/anything`)).status).toBe(404);
  });

  it('comes up before its broker does, says what it waits for, and is not healthy until then', async () => {
    const warnings: string[] = [];
    const log = { ...SILENT, warn: (fields: object) => warnings.push(JSON.stringify(fields)) };
    bridge = await start({ broker: { url: 'mqtt://127.0.0.1:1' } }, log);
    await eventually('it said so', () => warnings.length > 0);
    expect(warnings[0]).toContain('ERR_BROKER');
    expect((await fetch(`http://127.0.0.1:${bridge.healthPort}/healthz`)).status).toBe(503);
  });

  it('stops while its broker is out of reach', async () => {
    bridge = await start({ broker: { url: 'mqtt://127.0.0.1:1' } });
    await bridge.stop();
    await expect(fetch(`http://127.0.0.1:${bridge.healthPort}/healthz`)).rejects.toThrow();
  });
});

describe('the store on CouchDB', () => {
  it('tells once that the server has no partitions, and only where they were wanted', async () => {
    let told = 0;
    const url = new URL(couch.url);
    url.username = couch.username;
    url.password = couch.password;
    const unpartitioned = (): void => {
      told += 1;
    };
    const store = createCouchStore({ url: url.href, requestTimeoutMs: 5_000, role: 'wasl-bridge', unpartitioned });
    await store.ensure('wasl-plain', { partitioned: false });
    expect(told).toBe(0);
    await Promise.all(['wasl-p1', 'wasl-p2'].map((name) => store.ensure(name, { partitioned: true })));
    await store.ensure('wasl-p3', { partitioned: true });
    expect(told).toBe(process.env.COUCHDB_URL === undefined ? 1 : 0);
  });

  it('makes a database that only the role of the bridge may use', async () => {
    await couch.store.ensure('wasl-guarded', { partitioned: false });
    expect(await couch.get('wasl-guarded', '_security')).toMatchObject({
      admins: { names: [], roles: ['_admin'] },
      members: { names: [], roles: ['wasl-bridge'] },
    });
  });

  it('answers for each document, finds what is there, and nothing where there is no database', async () => {
    const { store } = couch;
    await store.ensure('wasl-docs', { partitioned: false });
    expect(await store.create('wasl-docs', [{ _id: 'a', n: 1 }, { _id: 'b' }])).toEqual(['created', 'created']);
    expect(await store.create('wasl-docs', [{ _id: 'c' }, { _id: 'a', n: 2 }])).toEqual(['created', 'conflict']);
    expect((await store.read('wasl-docs', ['c', 'x', 'a'])).map((found) => found?._id ?? null)).toEqual([
      'c',
      null,
      'a',
    ]);
    expect((await store.read('wasl-docs', ['a']))[0]?.n).toBe(1);
    const range = await store.range('wasl-docs', { from: 'a', to: 'b', limit: 10 });
    expect(range.map(({ _id }) => _id)).toEqual(['a', 'b']);
    expect(await store.range('wasl-docs', { from: 'a', to: 'z', limit: 2 })).toHaveLength(2);
    expect(await store.read('wasl-nowhere', ['a'])).toEqual([null]);
    expect(await store.range('wasl-nowhere', { from: 'a', to: 'z', limit: 2 })).toEqual([]);
    await expect(store.create('wasl-nowhere', [{ _id: 'a' }])).rejects.toMatchObject({ code: 'ERR_DATABASE' });
  });

  it('says ERR_DATABASE whatever goes wrong', async () => {
    const faults = await startFaultProxy(couch.url);
    const store = storeOn(couch, faults.url, 200);
    await store.ensure('wasl-docs', { partitioned: false });
    for (const fault of [{ status: 500 }, { status: 401 }, { status: 200 }, 'silence', 'lost answer'] as const) {
      faults.fail(/./, fault);
      await expect(store.create('wasl-docs', [{ _id: 'x' }])).rejects.toMatchObject({ code: 'ERR_DATABASE' });
    }
    await faults.close();
    await expect(store.read('wasl-docs', ['a'])).rejects.toMatchObject({ code: 'ERR_DATABASE' });
  });
});

describe('the registry', () => {
  it('takes a terminal, and its new key later, and no key that is not sound', async () => {
    const first = terminalSigner('registry').publicKey;
    const enrolled = { terminal: 'registry-1', site: 'port-said-3', publicKey: first };
    await enrolTerminal(couch.store, enrolled);
    await enrolTerminal(couch.store, { ...enrolled, publicKey: terminalSigner('another').publicKey });
    const document = await couch.get('wasl-registry', 'registry-1');
    expect(document).toMatchObject({
      site: 'port-said-3',
      publicKey: Buffer.from(terminalSigner('another').publicKey).toString('hex'),
    });
    await expect(enrolTerminal(couch.store, { ...enrolled, publicKey: new Uint8Array(32) })).rejects.toMatchObject({
      code: 'ERR_KEY_WEAK',
    });
    await expect(enrolTerminal(couch.store, { ...enrolled, terminal: 'no/name' })).rejects.toMatchObject({
      code: 'ERR_CONFIG',
    });
  });

  it('begins each life of the centre above all before it, even when the clock was set back', async () => {
    const first = await beginIncarnation(couch.store, systemClock);
    const second = await beginIncarnation(couch.store, { nowMs: () => 1_000 });
    const third = await beginIncarnation(couch.store, systemClock);
    expect(second).toBe(first + 1);
    expect(third).toBeGreaterThan(second);
  });

  it('begins a life above the first one of the same second, though nothing is left that knows of that', async () => {
    const clock = { nowMs: () => 1_795_333_386_500 };
    const limits = { terminalsMax: 1, refreshMs: 1_000 };
    const registry = new Registry(new MemoryStore(), { clock, timers: systemTimers, limits });
    const first = await registry.incarnation();
    registry.close();
    expect(await beginIncarnation(new MemoryStore(), clock)).toBeGreaterThan(first);
  });
});
