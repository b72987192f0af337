/** Statements about readers that present cards for APDUs. */
import { expect } from 'vitest';
import { codeOf } from '../../agent/domain/errors.js';
import { COMMAND_BYTES_MAX, RESPONSE_BYTES_MAX } from '../../drivers/reader.js';
import type { ApduChip } from '../../simulators/readers/apdu-chip.js';
import type { Statement } from './reader-bench.js';

/** A card that keeps what it was sent, and answers it back after `61 ..`-free rules of its own: P1 says which. */
class EchoChip implements ApduChip {
  readonly uid: Uint8Array;
  readonly historicalBytes = Uint8Array.from(Buffer.from('4f4543484f', 'hex'));
  readonly heard: Uint8Array[] = [];
  selected = 0;
  #powered = false;

  constructor(serial: number) {
    this.uid = Uint8Array.of(0x04, 0x33, 0x9b, 0x2c, 0x91, 0x6e, serial);
  }

  powerCycle(): void {
    this.#powered = true;
    this.selected += 1;
  }

  powerOff(): void {
    this.#powered = false;
  }

  /** P1 00: echoes the data and 9000. P1 01: the status word in the data, alone. P1 02: 256 bytes and 9000. P1 03: falls silent. */
  transmit(apdu: Uint8Array): Uint8Array | null {
    if (!this.#powered) return null;
    this.heard.push(apdu);
    const [, , p1 = 0, , lc = 0] = apdu;
    const data = apdu.length > 5 ? apdu.slice(5, 5 + lc) : new Uint8Array(0);
    if (p1 === 0x03) {
      this.powerOff();
      return null;
    }
    if (p1 === 0x01) return data;
    const body = p1 === 0x02 ? Uint8Array.from({ length: RESPONSE_BYTES_MAX - 2 }, (_, index) => index) : data;
    return Uint8Array.of(...body, 0x90, 0x00);
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Needs `apdus`. */
export function apduStatements(statement: Statement): void {
  statement(
    'presents a smart card with its UID and historical bytes, though its ATR has 4F where others look',
    async (bench) => {
      await bench.ready();
      const chip = new EchoChip(1);
      const card = await bench.layApdu(chip);
      expect(card.uid === null ? null : hex(card.uid)).toBe(hex(chip.uid));
      expect(hex(card.historicalBytes)).toBe('4f4543484f');
    },
  );

  statement('passes APDUs of every case as they are, and brings any status word back', async (bench) => {
    await bench.ready();
    const chip = new EchoChip(2);
    const card = await bench.layApdu(chip);
    for (const [command, answer] of [
      ['00a40000', '9000'],
      ['00b0000010', '9000'],
      ['00d600000301020a', '01020a9000'],
      ['00a4000002e10400', 'e1049000'],
      ['0020010002' + '63c2', '63c2'],
      ['0020010002' + '6a82', '6a82'],
      ['0020010002' + '6110', '6110'],
      ['0020010002' + '6c04', '6c04'],
    ] as const) {
      expect(hex(await card.transmit(Uint8Array.from(Buffer.from(command, 'hex'))))).toBe(answer);
      expect(hex(chip.heard.at(-1) ?? new Uint8Array(0))).toBe(command);
    }
  });

  statement('takes the longest command and the longest answer', async (bench) => {
    await bench.ready();
    const chip = new EchoChip(3);
    const card = await bench.layApdu(chip);
    const longest = Uint8Array.of(0x00, 0xd6, 0x02, 0x00, 0xff, ...Array.from({ length: 255 }, (_, i) => i), 0x00);
    expect(longest).toHaveLength(COMMAND_BYTES_MAX);
    const answer = await card.transmit(longest);
    expect(answer).toHaveLength(RESPONSE_BYTES_MAX);
    expect([answer[0], answer[255], hex(answer.slice(-2))]).toEqual([0, 255, '9000']);
    expect(hex(chip.heard.at(-1) ?? new Uint8Array(0))).toBe(hex(longest));
  });

  statement('sends nothing that is no short APDU, and nothing that is for the reader', async (bench) => {
    await bench.ready();
    const chip = new EchoChip(4);
    const card = await bench.layApdu(chip);
    const heard = chip.heard.length;
    for (const wrong of [
      '',
      '00',
      '00b000',
      '00d6000003aabb',
      '00d6000001aabbcc',
      '00b00000000100',
      'ffca000000',
      'ff00000002d402',
    ]) {
      expect(await card.transmit(Uint8Array.from(Buffer.from(wrong, 'hex'))).catch(codeOf), wrong).toBe('ERR_CARD_IO');
    }
    expect(await card.transmit(new Uint8Array(COMMAND_BYTES_MAX + 1)).catch(codeOf)).toBe('ERR_CARD_IO');
    expect(chip.heard).toHaveLength(heard);
  });

  statement('copies the command when it is given', async (bench) => {
    await bench.ready();
    const chip = new EchoChip(5);
    const card = await bench.layApdu(chip);
    const command = Uint8Array.of(0x00, 0xd6, 0x00, 0x00, 0x02, 0x11, 0x22);
    const answering = card.transmit(command);
    command.fill(0xee);
    expect(hex(await answering)).toBe('11229000');
  });

  statement(
    'rejects with ERR_CARD_LOST once such a card was taken away, also when the same one comes back',
    async (bench) => {
      await bench.ready();
      const chip = new EchoChip(6);
      const card = await bench.layApdu(chip);
      await bench.rig.remove();
      if (bench.capabilities.removal) await bench.seen.expect('removed');
      expect(await card.transmit(Uint8Array.of(0, 0xb0, 0, 0, 0)).catch(codeOf)).toBe('ERR_CARD_LOST');
      const again = await bench.layApdu(chip);
      expect(again).not.toBe(card);
      expect(await card.transmit(Uint8Array.of(0, 0xb0, 0, 0, 0)).catch(codeOf)).toBe('ERR_CARD_LOST');
      expect(hex(await again.transmit(Uint8Array.of(0, 0xb0, 0, 0, 0)))).toBe('9000');
    },
  );

  statement('never reports success for a command to a card that fell silent', async (bench) => {
    await bench.ready();
    const card = await bench.layApdu(new EchoChip(7));
    const code = await card.transmit(Uint8Array.of(0x00, 0xd6, 0x03, 0x00, 0x01, 0xaa)).catch(codeOf);
    expect(['ERR_CARD_LOST', 'ERR_CARD_IO', 'ERR_CARD_TIMEOUT']).toContain(code);
  });
}
