import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Machine, runMachine } from './machine.js';
import { describeWithNamespaces } from './privileges.js';

const TIMEOUT_MS = 120_000;

/** What `probe.mjs` writes down, in place of the agent. */
interface Facts {
  readonly args: readonly string[];
  readonly uid: number;
  readonly umask: string;
  readonly environment: string;
  readonly credentials: Readonly<Record<string, string>>;
  readonly credentialSource: string;
  readonly stateMode: string;
  readonly stateWrite: string;
  readonly runtimeWrite: string;
  readonly tmpWrite: string;
  readonly etcWrite: string;
  readonly usrWrite: string;
  readonly otherState: readonly (boolean | string)[];
  readonly home: string;
  readonly firstProcess: string;
  readonly runFrom: readonly string[];
  readonly serialPort: string;
  readonly otherDevice: string;
  readonly namespace: number;
  readonly cardReaders: string;
  readonly processors: boolean;
  readonly interfaces: readonly string[];
  readonly nativeModule: { readonly status: number; readonly stderr: string };
  readonly loopback: string;
  readonly thread: string;
}

const needed = ['systemctl', 'unshare', 'ip', 'opensc-tool', 'pcscd'];

describeWithNamespaces('the units under a real systemd', needed)('under a real systemd', () => {
  let machine: Machine;
  let terminal: Facts;
  let bridge: Facts;

  beforeAll(async () => {
    machine = await runMachine('trial.sh', async () => join(import.meta.dirname, 'probe.mjs'));
    expect(await machine.read('trial.log')).toBe('');
    terminal = JSON.parse(await machine.read('wasl.json'));
    bridge = JSON.parse(await machine.read('wasl-bridge.json'));
  }, TIMEOUT_MS);
  afterAll(() => machine.dispose());

  it('both start, say that they are ready, and have a watchdog', async () => {
    const ready = { ActiveState: 'active', SubState: 'running', Type: 'notify', StatusText: 'serving', NRestarts: '0' };
    expect(await machine.properties('terminal-started')).toMatchObject(ready);
    expect(await machine.properties('bridge-started')).toMatchObject(ready);
    expect(terminal.args).toEqual(['terminal', 'run', '--config', '/etc/wasl/terminal.json']);
    expect(bridge.args).toEqual(['bridge', 'run', '--config', '/etc/wasl/bridge.json']);
  });

  it('each gets its own secrets in memory, and cannot read where they come from', () => {
    expect(terminal.credentials).toEqual({
      'journal-key': 'secret of journal-key',
      'terminal-key': 'secret of terminal-key',
      'mqtt-password': '',
      'pin-unblock': '',
    });
    expect(bridge.credentials).toEqual({
      'centre-seal-key': 'secret of centre-seal-key',
      'centre-ack-key': 'secret of centre-ack-key',
      'couch-password': 'secret of couch-password',
      'broker-password': '',
      'broker-ca.pem': '',
    });
    expect([terminal.credentialSource, bridge.credentialSource]).toEqual(['EACCES', 'EACCES']);
  });

  it('each runs as a user of its own and sees the data of no other', () => {
    expect(terminal.uid).toBeGreaterThan(0);
    expect(bridge.uid).toBeGreaterThan(0);
    expect(terminal.uid).not.toBe(bridge.uid);
    expect(terminal.otherState).toEqual([true, expect.stringMatching(/^(EACCES|ENOENT)$/)]);
    expect(bridge.otherState).toEqual([expect.stringMatching(/^(EACCES|ENOENT)$/), true]);
    expect([terminal.stateMode, terminal.umask, terminal.environment]).toEqual(['700', '77', 'production']);
  });

  it('what can be written cannot be executed, and what can be executed cannot be written', () => {
    for (const facts of [terminal, bridge]) {
      expect([facts.stateWrite, facts.runtimeWrite, facts.tmpWrite]).toEqual(['written', 'written', 'written']);
      expect(facts.runFrom).toEqual(['EACCES', 'EACCES', 'EACCES', 'EACCES', 'EACCES']);
      expect([facts.etcWrite, facts.usrWrite]).toEqual(['EROFS', 'EROFS']);
    }
  });

  it('neither sees homes or other processes, nor makes namespaces', () => {
    for (const facts of [terminal, bridge]) {
      expect([facts.home, facts.firstProcess]).toEqual(['EACCES', 'ENOENT']);
      expect(facts.namespace).not.toBe(0);
    }
  });

  it('the terminal opens serial ports and no other device; the bridge sees no device at all', () => {
    // A machine without such a port refuses with ENXIO or EIO: the service was let through to the driver.
    expect(['opened', 'ENXIO', 'EIO']).toContain(terminal.serialPort);
    expect(terminal.otherDevice).toBe('EPERM');
    expect([bridge.serialPort, bridge.otherDevice]).toEqual(['ENOENT', 'ENOENT']);
  });

  it('the terminal reaches card readers through pcscd, and the bridge does not', () => {
    expect(terminal.cardReaders).toContain('Virtual PCD 00 00');
    expect(bridge.cardReaders).not.toContain('Virtual PCD');
  });

  it('Node has what it needs: threads, native modules, loopback, facts about the machine', () => {
    for (const facts of [terminal, bridge]) {
      expect(facts.thread).toBe('ran');
      expect(facts.nativeModule).toMatchObject({ status: 0, stderr: '' });
      expect(facts.loopback).toBe('heard');
      expect(facts.processors).toBe(true);
      expect(facts.interfaces).toContain('lo');
    }
  });

  it('a terminal that hangs is restarted by its watchdog', async () => {
    expect(await machine.properties('terminal-after-hang')).toMatchObject({ ActiveState: 'active', NRestarts: '1' });
  });

  it('a terminal that crashes nine times in a row is started a tenth time', async () => {
    expect(await machine.properties('terminal-after-crashes')).toMatchObject({ ActiveState: 'active', NRestarts: '9' });
  });

  it('a terminal that is stopped ends by itself, and its log lines are in the journal', async () => {
    expect(await machine.properties('terminal-stopped')).toMatchObject({
      ActiveState: 'inactive',
      Result: 'success',
      ExecMainStatus: '0',
    });
    expect(await machine.read('journal')).toContain('{"level":30,"msg":"ready"}');
  });
});
