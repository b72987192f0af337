/**
 * The conversation with one TWN4: one command at a time, each with a deadline, one line back. An answer that comes too late would be taken for
 * that of the next command, so after a missed deadline the conversation is over.
 */
import type { Timers } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { SerialLink } from './serial-port.js';
import { decodeLine, encodeLine, parseAnswer, type Twn4Answer, Twn4Lines } from './twn4-codec.js';

/** Commands that may wait: the caller's and the one that looks for cards. */
const WAITING_MAX = 16;

/** What is said of a device that does not speak as it should. */
export const NO_ANSWER = 'the reader does not answer: check that it speaks the Simple Protocol, and at which speed';

interface Asked {
  readonly command: Uint8Array;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: WaslError) => void;
}

/** See the module's head. */
export class Twn4Conversation {
  readonly #link: SerialLink;
  readonly #timers: Timers;
  readonly #timeoutMs: number;
  readonly #lines = new Twn4Lines();
  readonly #waiting: Asked[] = [];
  readonly #whenOver: (why: string) => void;
  #current: { readonly asked: Asked; readonly cancel: () => void } | null = null;
  #isOver = false;

  /** `whenOver` is called once: the device is gone, or does not answer as it should. Not after {@link end}. */
  constructor(
    link: SerialLink,
    how: { readonly timers: Timers; readonly timeoutMs: number; readonly whenOver: (why: string) => void },
  ) {
    this.#link = link;
    this.#timers = how.timers;
    this.#timeoutMs = how.timeoutMs;
    this.#whenOver = how.whenOver;
    link.listen({ onData: (chunk) => this.#take(chunk), onLost: (reason) => this.#over(reason) });
  }

  /** Sends a command for cards and resolves to its answer. Rejects with `ERR_CARD_TIMEOUT`, `ERR_CARD_LOST` when the conversation is over, or `ERR_CARD_IO`. */
  async ask(command: Uint8Array): Promise<Twn4Answer> {
    const answer = parseAnswer(await this.askRaw(command));
    if (answer === null) throw new WaslError('ERR_CARD_IO', 'the reader answered what is no answer');
    return answer;
  }

  /** As {@link ask}, with the bytes of the answer as they are. */
  askRaw(command: Uint8Array): Promise<Uint8Array> {
    if (this.#isOver) return Promise.reject(gone());
    if (this.#waiting.length >= WAITING_MAX)
      return Promise.reject(new WaslError('ERR_CARD_IO', 'too many commands wait for the reader'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ command, resolve, reject });
      this.#next();
    });
  }

  /** Ends it; commands that wait reject with `ERR_CARD_LOST`. */
  end(): void {
    this.#isOver = true;
    this.#current?.cancel();
    const current = this.#current?.asked;
    this.#current = null;
    for (const { reject } of [...(current === undefined ? [] : [current]), ...this.#waiting.splice(0)]) reject(gone());
  }

  /** Gives it up for a reason of the caller's own, as if the device had. */
  abandon(why: string): void {
    this.#over(why);
  }

  #next(): void {
    if (this.#current !== null) return;
    const asked = this.#waiting.shift();
    if (asked === undefined) return;
    const cancel = this.#timers.after(this.#timeoutMs, () => {
      this.#current = null;
      asked.reject(new WaslError('ERR_CARD_TIMEOUT'));
      this.#over(NO_ANSWER);
    });
    this.#current = { asked, cancel };
    this.#link.write(encodeLine(asked.command)).catch(() => this.#over('nothing can be sent to the reader'));
  }

  #take(chunk: Uint8Array): void {
    for (const line of this.#lines.push(chunk)) {
      const current = this.#current;
      // Nobody asked: what it says by itself (a banner after a reset) means nothing here.
      if (current === null) continue;
      current.cancel();
      this.#current = null;
      const bytes = line === null ? null : decodeLine(line);
      if (bytes === null)
        current.asked.reject(new WaslError('ERR_CARD_IO', 'the reader answered no line of hex digits'));
      else current.asked.resolve(bytes);
      this.#next();
    }
  }

  #over(why: string): void {
    if (this.#isOver) return;
    this.end();
    this.#whenOver(why);
  }
}

function gone(): WaslError {
  return new WaslError('ERR_CARD_LOST', 'the reader is gone');
}
