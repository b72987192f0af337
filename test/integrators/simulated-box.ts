/** The reader that the sample driver is for, simulated: a real TCP server on the loopback address with a simulated card on it. */
import { createServer, type Server, type Socket } from 'node:net';
import type { SimulatedNtag21x } from '../../simulators/cards/ntag21x.js';
import { NTAG_COMMAND, type NtagAnswer } from '../../simulators/cards/ntag21x-frames.js';

/** What a {@link SimulatedBox} says in place of what it should. */
export interface BoxFaults {
  /** Takes commands and answers none. */
  isSilent: boolean;
  greeting: string;
}

/** See `sample-driver.ts` for its language. */
export class SimulatedBox {
  readonly faults: BoxFaults = { isSilent: false, greeting: 'CARDS 1\r\n' };
  #server: Server | null = null;
  #socket: Socket | null = null;
  #card: SimulatedNtag21x | null = null;
  #port = 0;

  /** Where it listens; the same after it was unplugged. */
  get port(): number {
    return this.#port;
  }

  /** Puts the cable in: from now on it can be connected to. */
  plug(): Promise<void> {
    if (this.#server !== null) return Promise.resolve();
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', () => {
        const address = server.address();
        if (address !== null && typeof address === 'object') this.#port = address.port;
        resolve();
      });
    });
  }

  /** Pulls the cable; the card that lies there loses power. */
  unplug(): Promise<void> {
    this.#card?.powerOff();
    this.#card = null;
    const server = this.#server;
    this.#server = null;
    this.#socket?.destroy();
    this.#socket = null;
    return new Promise((resolve) => (server === null ? resolve() : server.close(() => resolve())));
  }

  /** Lays a card down in the place of the one that lies there. */
  present(card: SimulatedNtag21x): void {
    this.remove();
    if (this.#server === null) return;
    card.powerCycle();
    this.#card = card;
    this.#sayCard();
  }

  /** Takes the card away, if one lies there. */
  remove(): void {
    if (this.#card === null) return;
    this.#card.powerOff();
    this.#card = null;
    this.#socket?.write('-\r\n');
  }

  /** Says whatever a test wants said. */
  say(text: string): void {
    this.#socket?.write(text);
  }

  #serve(socket: Socket): void {
    this.#socket?.destroy();
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    let partial = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      const lines = (partial + String(chunk)).split('\n');
      partial = lines.pop() ?? '';
      for (const line of lines) if (!this.faults.isSilent) socket.write(`${this.#answer(line)}\r\n`);
    });
    socket.write(this.faults.greeting);
    this.#sayCard();
  }

  #sayCard(): void {
    if (this.#card !== null) this.#socket?.write(`+${Buffer.from(this.#card.uid).toString('hex').toUpperCase()}\r\n`);
  }

  #answer(line: string): string {
    const [command = '', page = '', data = ''] = line.split(' ');
    if (command === 'P') return '=';
    const code = { R: NTAG_COMMAND.read, W: NTAG_COMMAND.write }[command];
    if (code === undefined || this.#card === null) return '!';
    const answer: NtagAnswer = this.#card.exchange(
      Uint8Array.of(code, Number.parseInt(page, 16), ...Buffer.from(data, 'hex')),
    );
    if (answer.kind === 'data') return `=${Buffer.from(answer.bytes).toString('hex').toUpperCase()}`;
    if (answer.kind === 'ack') return '=';
    // A card that refused has fallen back to IDLE.
    this.#card.select();
    return '!';
  }
}
