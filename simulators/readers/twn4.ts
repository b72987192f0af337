/**
 * An ELATEC TWN4 with the Simple Protocol in its ASCII form and a Type 2 card on it, as bytes in and bytes out: no I/O and no time. Any bytes get the answer that
 * the protocol gives them. Source: as `drivers/serial/twn4-codec.ts`, which this shares nothing with.
 */
import type { ChipAnswer, Type2Chip } from './pcsc-apdu.js';

/** Errors of the protocol. */
const ERROR = { unknownFunction: 1, missingParameter: 2, unusedParameters: 3, parser: 5 } as const;

const LINE_CHARS_MAX = 1_200;
const VERSION = 'TWN4/C1.64/simulated';
const ISO14443A = 0x80;

type Command = (parameters: Uint8Array) => readonly number[];

/** The reader. Lay cards on it with {@link present}; feed it what the host sends. */
export class SimulatedTwn4 {
  #chip: Type2Chip | null = null;
  /** Only a search selects a card; another one that is laid down in its place does not hear what was meant for the first. */
  #isSelected = false;
  #line = '';
  #beeps = 0;
  #commands = 0;
  readonly #functions: ReadonlyMap<string, { readonly parameters: number; readonly run: Command }>;

  constructor() {
    this.#functions = new Map<string, { readonly parameters: number; readonly run: Command }>([
      ['0004', { parameters: 1, run: () => [0, VERSION.length, ...Buffer.from(VERSION, 'ascii')] }],
      ['0407', { parameters: 7, run: () => this.#beep() }],
      ['0500', { parameters: 1, run: ([idBytesMax = 0]) => this.#search(idBytesMax) }],
      ['0c00', { parameters: 1, run: ([page = 0]) => this.#read(page) }],
      ['0c01', { parameters: 5, run: (parameters) => this.#write(parameters) }],
      ['1205', { parameters: 0, run: () => (this.#isSelected ? [0, 1, 0x00] : [0, 0]) }],
    ]);
  }

  /** Beeps so far. */
  get beeps(): number {
    return this.#beeps;
  }

  /** Commands answered so far. */
  get commands(): number {
    return this.#commands;
  }

  /** Lays a card on the reader, in place of the one that lies there. */
  present(chip: Type2Chip): void {
    this.remove();
    this.#chip = chip;
    this.#isSelected = false;
    chip.powerCycle();
  }

  /** Takes the card away. */
  remove(): void {
    this.#chip?.powerOff();
    this.#chip = null;
    this.#isSelected = false;
  }

  /** Bytes from the host, in whatever pieces; the bytes to send back. */
  feed(bytes: Uint8Array): Uint8Array {
    let out = '';
    for (const byte of bytes) {
      if (byte === 0x0d) {
        out += `${this.#answer(this.#line)}\r`;
        this.#line = '';
      } else if (byte !== 0x0a && this.#line.length < LINE_CHARS_MAX) this.#line += String.fromCharCode(byte);
    }
    return Buffer.from(out, 'ascii');
  }

  #answer(line: string): string {
    this.#commands += 1;
    const answer = /^([0-9a-f]{2})+$/i.test(line)
      ? this.#execute(Uint8Array.from(Buffer.from(line, 'hex')))
      : [ERROR.parser];
    return Buffer.from(answer).toString('hex').toUpperCase();
  }

  #execute(bytes: Uint8Array): readonly number[] {
    const known = this.#functions.get(Buffer.from(bytes.subarray(0, 2)).toString('hex'));
    if (known === undefined) return [ERROR.unknownFunction];
    const parameters = bytes.slice(2);
    if (parameters.length < known.parameters) return [ERROR.missingParameter];
    return parameters.length > known.parameters ? [ERROR.unusedParameters] : known.run(parameters);
  }

  #beep(): readonly number[] {
    this.#beeps += 1;
    return [0];
  }

  /** Finding a card selects it anew, as a search in the field does. */
  #search(idBytesMax: number): readonly number[] {
    const chip = this.#chip;
    this.#isSelected = chip?.select() ?? false;
    if (chip === null || !this.#isSelected) return [0, 0];
    const uid = chip.uid.slice(0, idBytesMax);
    return [0, 1, ISO14443A, chip.uid.length * 8, uid.length, ...uid];
  }

  #read(page: number): readonly number[] {
    const answer = this.#exchange(Uint8Array.of(0x30, page));
    return answer?.kind === 'data' ? [0, 1, ...answer.bytes] : [0, 0];
  }

  #write(parameters: Uint8Array): readonly number[] {
    return [0, this.#exchange(Uint8Array.of(0xa2, ...parameters))?.kind === 'ack' ? 1 : 0];
  }

  #exchange(frame: Uint8Array): ChipAnswer | null {
    return this.#isSelected ? (this.#chip?.exchange(frame) ?? null) : null;
  }
}
