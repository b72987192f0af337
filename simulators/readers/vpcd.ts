/**
 * Puts a simulated card on a virtual reader of a real pcscd: a client of vsmartcard's vpcd. An open connection is a card in
 * the field, a closed one an empty reader. When the connection breaks while a card lies there (pcscd restarted), the
 * card comes back by itself.
 *
 * ```
 *  empty ─ insert() ─▶ connecting ─ first frame ─▶ in the field ─ remove() ─▶ empty
 *                        ▲    └── refused ──┐        │
 *                        └──── pause ◀──────┴────────┘ connection lost
 * ```
 */
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import type { Timers } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import { encodeFrame, FrameDecoder, readRequest } from './vpcd-frames.js';

/** Port of the first virtual reader of vpcd as Debian installs it; the second one listens on the next port. */
export const VPCD_PORT = 35_963;

/** How long {@link VpcdSlot.insert} tries before it gives up. */
export const INSERT_TIMEOUT_MS = 10_000;

/**
 * How long a slot stays empty between two cards. pcscd looks every 400 ms; one that is exchanged in between passes for the
 * card that left, because vpcd tells cards apart by nothing but an empty slot. No hand is faster.
 */
const ABSENCE_MS = 500;

const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 1_000;

/** A reader with a card on it that answers APDUs; `Type2OnReader` is one. */
export interface VirtualCard {
  readonly atr: Uint8Array;
  /** The host powers it up, or resets it. */
  powerOn(): void;
  /** The host powers it down, or it leaves the field. */
  powerOff(): void;
  /** One command and its answer, at least a status word. */
  transmit(apdu: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** One card's stay on the reader. */
interface Stay {
  readonly card: VirtualCard;
  /** Ends the wait of `insert()`; later calls do nothing. */
  readonly settle: (error: WaslError | null) => void;
  socket: Socket | null;
  retryMs: number;
}

/** One slot of a virtual reader. */
export class VpcdSlot {
  readonly #address: NetConnectOpts;
  readonly #timers: Timers;
  #stay: Stay | null = null;
  #cancelRetry: () => void = () => undefined;
  /** Set while the slot must stay empty; run when it need not any more. */
  #absence: { next: () => void } | null = null;

  /** `address` is where the virtual reader listens: a TCP port, or a Unix socket that leads there. */
  constructor(address: NetConnectOpts, timers: Timers) {
    this.#address = address;
    this.#timers = timers;
  }

  /**
   * Lays a card on the reader, in place of the one that lies there. Resolves when the reader has spoken to the card: up to
   * 400 ms, so often pcscd looks, and 500 ms more when another card lay there just before. Rejects with
   * `ERR_READER_UNAVAILABLE` when nobody has within {@link INSERT_TIMEOUT_MS}, or the card was taken away before.
   */
  insert(card: VirtualCard): Promise<void> {
    this.remove();
    return new Promise((resolve, reject) => {
      const giveUp = this.#timers.after(INSERT_TIMEOUT_MS, () => {
        if (this.#stay === stay) this.remove();
      });
      const settle = (error: WaslError | null): void => {
        giveUp();
        if (error === null) resolve();
        else reject(error);
      };
      const stay: Stay = { card, settle, socket: null, retryMs: RETRY_MIN_MS };
      this.#stay = stay;
      const begin = (): void => {
        if (this.#stay === stay) this.#connect(stay);
      };
      if (this.#absence === null) begin();
      else this.#absence.next = begin;
    });
  }

  /** Takes the card away; it loses its power. Safe to call on an empty slot. */
  remove(): void {
    const stay = this.#stay;
    if (stay === null) return;
    this.#stay = null;
    this.#cancelRetry();
    if (stay.socket !== null) this.#keepEmpty();
    stay.socket?.destroy();
    stay.card.powerOff();
    stay.settle(new WaslError('ERR_READER_UNAVAILABLE', 'no virtual reader took the card'));
  }

  #keepEmpty(): void {
    const absence = { next: (): void => undefined };
    this.#absence = absence;
    this.#timers.after(ABSENCE_MS, () => {
      this.#absence = null;
      absence.next();
    });
  }

  #connect(stay: Stay): void {
    const socket = connect(this.#address);
    stay.socket = socket;
    socket.setNoDelay(true);
    // What happened is told by 'close', which always follows.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (this.#stay !== stay) return;
      stay.card.powerOff();
      this.#cancelRetry = this.#timers.after(stay.retryMs, () => this.#connect(stay));
      stay.retryMs = Math.min(stay.retryMs * 2, RETRY_MAX_MS);
    });
    socket.once('data', () => {
      stay.retryMs = RETRY_MIN_MS;
      stay.settle(null);
    });
    serve(socket, stay.card);
  }
}

/** Requests that may wait for the one before them. A reader waits for each answer; a peer that does not is none. */
const REQUESTS_WAITING_MAX = 16;

/** Answers what the reader asks, in order, one at a time. */
function serve(socket: Socket, card: VirtualCard): void {
  const decoder = new FrameDecoder();
  let turn: Promise<void> = Promise.resolve();
  let waiting = 0;
  const take = (body: Uint8Array): void => {
    waiting += 1;
    if (waiting > REQUESTS_WAITING_MAX) socket.destroy();
    turn = turn
      .then(() => answer(socket, card, body))
      .finally(() => {
        waiting -= 1;
      });
  };
  socket.on('data', (piece) => {
    try {
      for (const body of decoder.push(piece)) if (!socket.destroyed) take(body);
    } catch {
      socket.destroy();
    }
  });
}

async function answer(socket: Socket, card: VirtualCard, body: Uint8Array): Promise<void> {
  if (socket.destroyed) return;
  const request = readRequest(body);
  if (request.kind === 'power-off') card.powerOff();
  else if (request.kind === 'power-on' || request.kind === 'reset') card.powerOn();
  else if (request.kind === 'atr') socket.write(encodeFrame(card.atr));
  else if (request.kind === 'apdu') {
    try {
      socket.write(encodeFrame(await card.transmit(request.bytes)));
    } catch {
      // A card that fails to answer has left the field.
      socket.destroy();
    }
  }
}
