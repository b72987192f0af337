/** Cards made on readers by `wasl card` as a process: a real pcscd with virtual readers, a TWN4 at the other end of a real pseudo-terminal. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseReaderName } from '../../../agent/cli/card/reader-name.js';
import { blankCard, saveCard } from '../../../simulators/card-file.js';
import { SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';
import { SimulatedType4 } from '../../../simulators/cards/type4.js';
import { IsoDepOnReader } from '../../../simulators/readers/iso-dep-on-reader.js';
import { Type2OnReader } from '../../../simulators/readers/pcsc-apdu.js';
import { type PrivatePcscd, startPrivatePcscd } from '../../../simulators/readers/pcscd.js';
import { openPtyCable, type PtyCable } from '../../../simulators/readers/pty.js';
import { SimulatedTwn4 } from '../../../simulators/readers/twn4.js';
import { VpcdSlot } from '../../../simulators/readers/vpcd.js';
import { watchedCard } from '../../../simulators/site/watched-card.js';
import { describeWithPcscd } from '../../drivers/pcsc/virtual-reader.js';
import type { CompiledPrograms } from '../../support/compiled.js';
import { needsSocat } from '../../support/needs-socat.js';
import { eventually, systemTimers } from '../../support/system.js';
import { card, deskFolder, ISSUER_KEY, ORDER } from './bench.js';
import { compileCardProgram } from './program.js';

const HEAD = 'card,household,household_size,draws,id,language,full_name,expires';
const row = (serial: number): string => `${serial},9,3,1,p-${serial},fra,Amina Diallo,2028-12-31`;
const WRITE = 0xa2;
const PATIENCE_MS = 60_000;

let programs: CompiledPrograms;
let desk: Awaited<ReturnType<typeof deskFolder>>;

beforeAll(async () => {
  programs = await compileCardProgram(['drivers/pcsc/apart-main.ts', 'drivers/serial/apart-main.ts']);
});
afterAll(() => programs.remove());
beforeEach(async () => {
  desk = await deskFolder();
});
afterEach(() => desk.remove());

function chip(kind: 'ntag215' | 'ntag216' = 'ntag216'): SimulatedNtag21x {
  const made = blankCard(kind);
  if (!(made instanceof SimulatedNtag21x)) throw new Error('a tag');
  return made;
}

/** `wasl card …` as a process, what it asks of the person at the desk, and its one object at the end. */
class Running {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #notes = '';
  #out = '';

  constructor(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const wait = words.includes('--wait') ? [] : ['--wait', '30'];
    this.#child = spawn(process.execPath, [join(programs.folder, 'run.mjs'), ...words, ...wait, '--json'], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stderr?.on('data', (piece) => {
      this.#notes += String(piece);
    });
    this.#child.stdout?.on('data', (piece) => {
      this.#out += String(piece);
    });
    this.#ended = once(this.#child, 'close');
  }

  async asks(words: string): Promise<void> {
    const asked = (): boolean => {
      if (this.#notes.includes(words)) return true;
      if (this.#child.exitCode !== null) throw new Error(`it ended without "${words}": ${this.#notes}${this.#out}`);
      return false;
    };
    await eventually(`it says "${words}"`, asked, PATIENCE_MS);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** The object that it printed; throws with what it said when there is none. */
  async result(): Promise<Readonly<Record<string, unknown>>> {
    await this.#ended;
    if (this.#out === '') throw new Error(`it printed nothing: ${this.#notes}`);
    return JSON.parse(this.#out) as Readonly<Record<string, unknown>>;
  }

  async ended(): Promise<void> {
    await this.#ended;
  }
}

/** The card with something that happens before it obeys its `count`-th write. */
function atWrite(tag: SimulatedNtag21x, count: number, then: () => void): SimulatedNtag21x {
  let writes = 0;
  return watchedCard(tag, {
    before: ([command]) => {
      if (command !== WRITE) return;
      writes += 1;
      if (writes === count) then();
    },
  });
}

async function batchWords(serials: readonly number[], reader: string): Promise<readonly string[]> {
  const csv = join(desk.folder, 'people.csv');
  await writeFile(csv, `${[HEAD, ...serials.map(row)].join('\n')}\n`);
  return ['issue', '--issuer', desk.issuer, '--csv', csv, '--out', join(desk.folder, 'out'), '--reader', reader];
}

/** Whose card it is, by its verified credential. */
async function serialOn(made: SimulatedNtag21x | SimulatedType4): Promise<unknown> {
  const file = join(desk.folder, 'made.json');
  await saveCard(file, made);
  const { json } = await card('verify', '--card', file, '--key', ISSUER_KEY, '--json');
  return (json.claims as { readonly entitlements?: { readonly card?: unknown } } | undefined)?.entitlements?.card;
}

const describeReal = await describeWithPcscd();

describeReal('cards on a PC/SC reader', { timeout: 4 * PATIENCE_MS }, () => {
  let pcscd: PrivatePcscd;
  let slot: VpcdSlot;
  let reader: string;

  beforeAll(async () => {
    pcscd = await startPrivatePcscd();
    reader = pcscd.readers[0].name;
    slot = new VpcdSlot(pcscd.readers[0].address, systemTimers);
  });
  afterEach(() => slot.remove());
  afterAll(() => pcscd.stop());

  const lay = (tag: SimulatedNtag21x): Promise<void> => slot.insert(new Type2OnReader(tag)).catch(() => undefined);

  test('one is made and read back, by a driver in a process of its own', async () => {
    const order = join(desk.folder, 'person.json');
    await writeFile(order, JSON.stringify(ORDER));
    const tag = chip();
    await lay(tag);
    const issued = new Running(['issue', '--issuer', desk.issuer, '--order', order, '--reader', reader], pcscd.env);
    expect(await issued.result()).toMatchObject({ ok: true, card: ORDER.card, kind: 'ntag216' });
    const read = new Running(['read', '--reader', 'pcsc', '--key', ISSUER_KEY], pcscd.env);
    expect(await read.result()).toMatchObject({ ok: true, ledger: [{ state: 'valid' }, { state: 'valid' }] });
  });

  test('a batch goes on after it was killed in the middle of a card, and finishes that card and no other', async () => {
    const words = await batchWords([1, 2, 3], reader);
    const [first, second, third] = [chip(), chip(), chip('ntag215')];
    const killed = new Running(words, pcscd.env);
    await killed.asks('Lay the card for 1');
    await lay(first);
    await killed.asks('Lay the card for 2');
    await lay(atWrite(second, 40, () => killed.kill()));
    await killed.ended();
    slot.remove();
    expect(await serialOn(first)).toBe(1);

    // The third card is laid down where the second is asked for: it is not written with the second's data.
    const astray = new Running(words, pcscd.env);
    await astray.asks('Lay the card for 2');
    await lay(third);
    expect(await astray.result()).toMatchObject({
      ok: false,
      made: 1,
      already: 1,
      left: 1,
      failures: [{ line: 3, card: 2, code: 'ERR_CARD_CHANGED' }],
    });
    expect(await serialOn(third)).toBe(3);
    // The finished card is taken off: one that lies there still is what the next run finds first.
    slot.remove();

    const resumed = new Running(words, pcscd.env);
    await resumed.asks('Lay the card for 2');
    await lay(second);
    expect(await resumed.result()).toMatchObject({ ok: true, made: 1, already: 2, left: 0 });
    expect(await serialOn(second)).toBe(2);
  });

  test('a card that is taken away in the middle is asked for again, and finished in the same run', async () => {
    const words = await batchWords([7, 8], reader);
    const [seventh, eighth, stranger] = [chip(), chip(), chip()];
    const running = new Running(words, pcscd.env);
    await running.asks('Lay the card for 7');
    await lay(atWrite(seventh, 25, () => slot.remove()));
    await running.asks('Card 7 was not finished');
    await lay(stranger);
    await lay(seventh);
    await running.asks('Lay the card for 8');
    await lay(eighth);
    expect(await running.result()).toMatchObject({ ok: true, made: 2, left: 0, failures: [] });
    expect([await serialOn(seventh), await serialOn(eighth)]).toEqual([7, 8]);
    expect(stranger.transcript).toEqual([]);
  });

  test('a smart card is finished after a kill between its credential and the end of the batch', async () => {
    const words = await batchWords([9], reader);
    const made = blankCard('type4');
    if (!(made instanceof SimulatedType4)) throw new Error('a smart card');
    const killed = new Running(words, pcscd.env);
    await killed.asks('Lay the card for 9');
    const front = new IsoDepOnReader(made);
    const ACTIVATE = 0x44;
    const mortal = {
      atr: front.atr,
      powerOn: () => front.powerOn(),
      powerOff: () => front.powerOff(),
      transmit: async (apdu: Uint8Array) => {
        const answer = await front.transmit(apdu);
        if (apdu[1] === ACTIVATE) killed.kill();
        return answer;
      },
    };
    await slot.insert(mortal);
    await killed.ended();
    slot.remove();
    const resumed = new Running(words, pcscd.env);
    await resumed.asks('Lay the card for 9');
    await slot.insert(new IsoDepOnReader(made));
    expect(await resumed.result()).toMatchObject({ ok: true, made: 1, left: 0 });
    expect(made.counter).toBe(2);
    expect(await serialOn(made)).toBe(9);
  });

  test('a reader that is not there, and no card on one that is, are told apart', async () => {
    const nobody = new Running(['dump', '--reader', 'No such reader', '--wait', '2'], pcscd.env);
    expect(await nobody.result()).toMatchObject({ ok: false, error: { code: 'ERR_READER_UNAVAILABLE' } });
    const nothing = new Running(['dump', '--reader', reader, '--wait', '2'], pcscd.env);
    expect(await nothing.result()).toMatchObject({ ok: false, error: { code: 'ERR_CARD_TIMEOUT' } });
  });
});

describe.skipIf(!needsSocat())('cards on a TWN4', { timeout: 4 * PATIENCE_MS }, () => {
  let cable: PtyCable;
  let device: SimulatedTwn4;

  beforeEach(async () => {
    cable = await openPtyCable();
    device = new SimulatedTwn4();
    cable.listen((chunk) => {
      const answer = device.feed(chunk);
      if (answer.length > 0) void cable.send(answer).catch(() => undefined);
    });
  });
  afterEach(() => cable.dispose());

  test('one is made by the path of the device alone, read at a speed, and dumped', async () => {
    const order = join(desk.folder, 'person.json');
    await writeFile(order, JSON.stringify(ORDER));
    device.present(chip());
    const words = ['issue', '--issuer', desk.issuer, '--order', order, '--reader', cable.devicePath];
    expect(await new Running(words).result()).toMatchObject({ ok: true, card: ORDER.card, kind: 'ntag216' });
    const read = ['read', '--reader', `twn4:${cable.devicePath}@115200`, '--key', ISSUER_KEY];
    expect(await new Running(read).result()).toMatchObject({ ok: true, ledger: [{ state: 'valid' }, {}] });
  });

  test('a batch outlives a card that is taken away in the middle, and a kill', async () => {
    const words = await batchWords([11, 12], `twn4:${cable.devicePath}`);
    const [first, second] = [chip(), chip()];
    const killed = new Running(words);
    await killed.asks('Lay the card for 11');
    device.present(atWrite(first, 25, () => device.remove()));
    await killed.asks('Card 11 was not finished');
    device.present(first);
    await killed.asks('Lay the card for 12');
    device.present(atWrite(second, 40, () => killed.kill()));
    await killed.ended();
    device.remove();
    const resumed = new Running(words);
    await resumed.asks('Lay the card for 12');
    device.present(second);
    expect(await resumed.result()).toMatchObject({ ok: true, made: 1, already: 1, left: 0 });
    expect([await serialOn(first), await serialOn(second)]).toEqual([11, 12]);
  });
});

describe('the name of a reader', () => {
  let byId: string;
  beforeEach(async () => {
    byId = await mkdtemp(join(tmpdir(), 'wasl-by-id-'));
  });
  afterEach(() => rm(byId, { recursive: true, force: true }));

  test('says which driver, which device and which speed', async () => {
    const path = '/dev/serial/by-id/usb-ELATEC_TWN4-if00';
    const names = {
      pcsc: { driver: 'pcsc', prefix: null },
      'pcsc:twn4': { driver: 'pcsc', prefix: 'twn4' },
      'ACS ACR122U': { driver: 'pcsc', prefix: 'ACS ACR122U' },
      [path]: { driver: 'twn4', path, baudRate: null },
      [`twn4:${path}@9600`]: { driver: 'twn4', path, baudRate: 9_600 },
      'serial:/dev/ttyACM0@115200': { driver: 'scanner', path: '/dev/ttyACM0', baudRate: 115_200 },
    };
    for (const [name, meaning] of Object.entries(names)) expect(await parseReaderName(name, byId)).toEqual(meaning);
    for (const name of ['', ' ', 'serial:', 'twn4:ttyUSB0'])
      await expect(parseReaderName(name, byId), name).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  test('finds the TWN4 that is plugged in, and asks which where there are two', async () => {
    await expect(parseReaderName('twn4', byId)).rejects.toMatchObject({ code: 'ERR_READER_UNAVAILABLE' });
    await symlink('/dev/null', join(byId, 'usb-Some_Scanner-if00'));
    await symlink('/dev/null', join(byId, 'usb-ELATEC_TWN4_MultiTech-if00'));
    const path = join(byId, 'usb-ELATEC_TWN4_MultiTech-if00');
    expect(await parseReaderName('twn4', byId)).toEqual({ driver: 'twn4', path, baudRate: null });
    await symlink('/dev/null', join(byId, 'usb-ELATEC_TWN4_Slim-if00'));
    await expect(parseReaderName('twn4', byId)).rejects.toMatchObject({ code: 'ERR_READER_UNAVAILABLE' });
  });
});
