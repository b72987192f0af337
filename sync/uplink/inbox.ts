/** The acknowledgements that have come and are not taken in yet, and what each of them does to the journal. */
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import { ACK_BYTES_MAX, type Ack, readAck } from '../protocol/ack.js';
import { ackTopic } from '../protocol/topics.js';
import { judgeAck } from './ack-check.js';
import type { UplinkParts } from './parts.js';
import { reemit } from './reemit.js';

const WAITING_MAX = 64;

/** What an inbox tells the uplink of. */
export interface InboxListener {
  /** An acknowledgement that could not be used, or that contradicts the journal. */
  note(problem: WaslError): void;
  /** What is under way does not count any more: the centre has another past than was thought. */
  forget(): void;
  /** The centre has taken something in. */
  progress(): void;
  /** An acknowledgement was taken in that fits the journal. */
  answered(ack: Ack): void;
}

/** See the head of this file. */
export class AckInbox {
  readonly #parts: Pick<UplinkParts, 'terminal' | 'journal' | 'clock' | 'centre'>;
  readonly #listener: InboxListener;
  readonly #topic: string;
  #waiting: Uint8Array[] = [];
  #signedMs: number | null = null;

  constructor(parts: Pick<UplinkParts, 'terminal' | 'journal' | 'clock' | 'centre'>, listener: InboxListener) {
    this.#parts = parts;
    this.#listener = listener;
    this.#topic = ackTopic(parts.terminal);
  }

  /** Latest time that the centre has signed, in ms since 1970; null when it was not heard of in this life. */
  get signedMs(): number | null {
    return this.#signedMs;
  }

  /** Whether something waits. */
  get hasMail(): boolean {
    return this.#waiting.length > 0;
  }

  /** Takes a message of the broker; false when it is none for here. */
  put(topic: string, payload: Uint8Array): boolean {
    if (topic !== this.#topic || payload.length > ACK_BYTES_MAX) return false;
    // A newer acknowledgement says all that an older one said.
    if (this.#waiting.length >= WAITING_MAX) this.#waiting.shift();
    this.#waiting.push(Uint8Array.from(payload));
    return true;
  }

  /** Takes in all that waits. Rejects with what the journal reports. */
  async takeAll(): Promise<void> {
    for (let bytes = this.#waiting.shift(); bytes !== undefined; bytes = this.#waiting.shift()) {
      try {
        await this.#take(readAck(bytes, this.#parts.centre.ackVerifiers));
      } catch (error) {
        // A forged, foreign or outdated acknowledgement is noted and otherwise as if it had never come.
        if (!isWaslError(error) || !error.code.startsWith('ERR_ACK_')) throw error;
        this.#listener.note(error);
      }
    }
  }

  async #take(ack: Ack): Promise<void> {
    const { journal, terminal, clock } = this.#parts;
    const verdict = await judgeAck(ack, terminal, journal);
    const { epoch, seq, incarnation } = ack;
    const atMs = clock.nowMs();
    if (verdict.kind === 'mismatch') {
      this.#listener.note(new WaslError('ERR_ACK_MISMATCH', undefined, { details: { epoch, seq } }));
      this.#listener.forget();
      await reemit(journal, { epoch, resumeFrom: verdict.resumeFrom, cause: 'mismatch', incarnation, atMs });
      return;
    }
    if (verdict.kind !== 'nothing-new') {
      if (verdict.kind === 'regress') this.#listener.forget();
      const signedMs = ack.time * 1000;
      await journal.append([
        { kind: 'acknowledged', mark: { epoch, seq, incarnation, atMs } },
        { kind: 'time-floor', atMs: signedMs },
      ]);
      this.#signedMs = Math.max(signedMs, this.#signedMs ?? 0);
      this.#listener.progress();
    }
    this.#listener.answered(ack);
  }
}
