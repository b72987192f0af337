/**
 * The uplink: brings the events of the journal to the centre and takes its acknowledgements.
 *
 * One turn runs at a time; whatever happens (an append, an acknowledgement, a timer, a connection) only asks for the next turn.
 *
 *            backlog               lingerMs, or a full batch
 *    idle ───────────▶ lingering ─────────────────────────────▶ sending ──▶ waiting for the centre
 *     ▲                                                            ▲          │      │        │
 *     │   acknowledged, nothing left                               └──────────┘      │        │
 *     ├──────────────────────────────────────────────────── room in the window ──────┘        │
 *     │                                                                                       │
 *     ├── resting (full jitter) ◀── nobody heard the batch, or no acknowledgement in time; then one batch at a time until one comes.
 *     │                             Without a PUBACK the connection is dropped as well.
 *     │
 *     └── new epoch, re-emitted ◀── the centre signed another chain than ours
 *
 * Nothing is held between turns but ranges: after a lost connection or a time-out the window is forgotten and sending goes on right
 * after what is acknowledged, from the journal. The centre takes the same event twice without harm.
 */
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import { fullJitterMs } from '../link/backoff.js';
import { Connection, type ConnectionState } from '../link/connection.js';
import type { LinkSession } from '../link/link.js';
import { BATCH_EVENTS_MAX, encodeBatch } from '../protocol/batch.js';
import { ackTopic, batchTopic, isTerminalName } from '../protocol/topics.js';
import { newestIncarnation } from './ack-check.js';
import { AckInbox } from './inbox.js';
import { holeAt, readBatch, type Target } from './outbox.js';
import type { UplinkLoad, UplinkParts, UplinkStatus } from './parts.js';
import { Plan, type Step } from './plan.js';
import { leaveDamaged, reemit } from './reemit.js';
import { Window } from './window.js';

/** See the head of this file. */
export class Uplink {
  readonly #parts: UplinkParts;
  readonly #connection: Connection;
  readonly #window: Window;
  readonly #plan: Plan;
  readonly #inbox: AckInbox;
  readonly #listeners = new Set<() => void>();
  #problem: ErrorCode | null = null;
  #running: Promise<void> | null = null;
  #again = false;
  #stopped = true;
  #failures = 0;
  #cancelLinger: (() => void) | null = null;
  #cancelRest: (() => void) | null = null;
  #unsubscribe: () => void = () => {};

  /** Throws `ERR_CONFIG` for limits or a name that cannot be. */
  constructor(parts: UplinkParts) {
    const { limits, link, timers, random } = parts;
    if (!isTerminalName(parts.terminal)) throw new WaslError('ERR_CONFIG', `'${parts.terminal}' names no terminal`);
    if (limits.batchEventsMax < 1 || limits.batchEventsMax > BATCH_EVENTS_MAX || limits.inFlightMax < 1)
      throw new WaslError('ERR_CONFIG', `a batch has 1 to ${BATCH_EVENTS_MAX} events, and at least one is in flight`);
    this.#parts = parts;
    this.#window = new Window(timers, limits, { late: (confirmed) => this.#late(confirmed) });
    this.#plan = new Plan(parts.journal, limits);
    this.#inbox = new AckInbox(parts, {
      note: (problem) => this.#note(problem),
      forget: () => this.#forgetWindow(),
      progress: () => this.#progress(),
      answered: (ack) => this.#plan.answered(ack, this.#window),
    });
    this.#connection = new Connection(
      { link, timers, random, backoff: limits.backoff, steadyMs: limits.steadyMs },
      {
        message: (topic, payload) => {
          if (this.#inbox.put(topic, payload)) this.#wake();
        },
        opened: (session) => this.#opened(session),
        changed: (state, error) => this.#connectionChanged(state, error),
      },
    );
  }

  /** Begins to connect and to send. */
  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#unsubscribe = this.#parts.journal.subscribe(() => this.#wake());
    this.#connection.start();
  }

  /** Closes the connection and resolves when nothing of this uplink runs any more. What was not acknowledged stays in the journal. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    this.#forgetWindow();
    this.#stopResting();
    await this.#connection.stop();
    await this.#running;
  }

  status(): UplinkStatus {
    const { state } = this.#connection;
    const connection = state === 'open' ? 'online' : state === 'connecting' ? 'connecting' : 'offline';
    const { backlog, lastContactMs } = this.#parts.journal.state();
    return { connection, backlog, lastContactMs, signedMs: this.#inbox.signedMs, problem: this.#problem };
  }

  /** What is under way. */
  load(): UplinkLoad {
    const { size, events, bytes } = this.#window;
    return { batches: size, events, bytes };
  }

  /** Calls `listener` after each change of the status; returns how to stop. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A broker takes requests in order, so batches follow the subscription at once: waiting for its answer would cost a round trip. */
  #opened(session: LinkSession): Promise<void> {
    session.subscribe(ackTopic(this.#parts.terminal)).catch((error: unknown) => {
      const problem = isWaslError(error) ? error : new WaslError('ERR_BROKER', undefined, { cause: error });
      // Once the connection counts as open; one that is lost already has been reported.
      this.#parts.timers.after(0, () => {
        if (this.#connection.session === session) this.#connection.drop(problem);
      });
    });
    this.#plan.ripen(); // Nothing that waited for the connection needs to wait for company.
    return Promise.resolve();
  }

  #connectionChanged(state: ConnectionState, error: WaslError | null): void {
    if (error !== null) this.#note(error);
    if (state !== 'open') this.#forgetWindow();
    else if (this.#problem === 'ERR_BROKER') this.#problem = null;
    this.#changed();
    if (state === 'open') this.#wake();
  }

  /** Asks for a turn; turns never overlap. */
  #wake(): void {
    this.#again = true;
    if (this.#running !== null || this.#stopped) return;
    this.#running = this.#turns().finally(() => {
      this.#running = null;
    });
  }

  async #turns(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        await this.#inbox.takeAll();
        await this.#fill();
      } catch (error) {
        const problem = isWaslError(error) ? error : new WaslError('ERR_INTERNAL', undefined, { cause: error });
        this.#note(problem);
        // What was under way may have been answered by what could not be taken in: it is sent again, and answered again.
        this.#forgetWindow();
        if (problem.code === 'ERR_JOURNAL_IO') void this.stop();
        else if (problem.code !== 'ERR_JOURNAL_DAMAGED' || !(await this.#leaveDamaged())) this.#rest();
      }
      this.#changed();
    }
  }

  #progress(): void {
    this.#failures = 0;
    this.#problem = null;
    this.#stopResting();
  }

  #stopResting(): void {
    this.#cancelRest?.();
    this.#cancelRest = null;
  }

  async #fill(): Promise<void> {
    while (this.#connection.session !== null && this.#cancelRest === null && !this.#stopped) {
      const step = await this.#plan.next(this.#window, this.#failures > 0);
      if (step.kind === 'linger') return this.#linger();
      if (step.kind === 'wait') return;
      if (step.kind === 'step over') await this.#stepOverHole(step.target);
      if (step.kind === 'send') await this.#send(step);
      // What the centre says comes before looking further.
      if (this.#inbox.hasMail) {
        this.#again = true;
        return;
      }
    }
  }

  /** Behind destroyed events the chain can never be acknowledged, so what is left of the epoch goes on in a new one. */
  async #stepOverHole({ epoch, cursor }: Target): Promise<void> {
    const hole = holeAt(epoch, cursor + 1);
    if (hole === null) return;
    const { journal } = this.#parts;
    const incarnation = newestIncarnation(journal.state());
    // Nobody was heard of now: the mark must not look like a contact.
    const atMs = journal.state().lastContactMs ?? 0;
    await reemit(journal, { epoch: epoch.name, resumeFrom: hole.last + 1, cause: 'damage', incarnation, atMs });
  }

  /** Leaves an epoch with an event that cannot be read. False when that is not what is wrong, or fails as well. */
  async #leaveDamaged(): Promise<boolean> {
    try {
      this.#again = await leaveDamaged(this.#parts.journal);
      return this.#again;
    } catch (error) {
      if (isWaslError(error)) this.#note(error);
      return false;
    }
  }

  async #send({ epoch, range, as }: Step & { readonly kind: 'send' }): Promise<void> {
    const { terminal, journal, limits, signer, random, centre } = this.#parts;
    const content = await readBatch(
      journal,
      { terminal, epoch, range },
      { eventsMax: limits.batchEventsMax, bytesMax: this.#window.bytesMax },
    );
    const bytes = encodeBatch(content, { signer, random, centrePublicKey: centre.sealPublicKey });
    const { session } = this.#connection;
    if (session === null) return;
    this.#cancelLinger?.();
    this.#cancelLinger = null;
    const flight = this.#window.add({
      epoch: epoch.name,
      range: { first: content.first, last: content.last },
      // Cut short by the size that the link bears, it is no end of anything.
      kind: as === 'tail' && content.last < range.last ? 'backlog' : as,
      bytes: bytes.length,
    });
    session.publish(batchTopic(terminal), bytes).then(
      ({ heard }) => {
        if (flight.confirmed(heard === true) && heard === false) this.#unheard();
      },
      (error: unknown) => {
        if (isWaslError(error) && this.#connection.session === session) this.#note(error);
      },
    );
  }

  /** The broker is there, and nobody else: a bridge that lost it at the same time may be back in a moment. */
  #unheard(): void {
    this.#note(new WaslError('ERR_BROKER', 'nobody at the centre is listening'));
    this.#sendAgainLater();
  }

  /** A batch was not acknowledged in time. */
  #late(confirmed: boolean): void {
    const problem = new WaslError(
      'ERR_BROKER',
      confirmed ? 'the centre did not acknowledge a batch in time' : 'the broker did not confirm a batch in time',
    );
    this.#note(problem);
    this.#plan.unanswered(this.#window);
    if (!confirmed) this.#connection.drop(problem);
    this.#sendAgainLater();
  }

  #sendAgainLater(): void {
    this.#forgetWindow();
    this.#rest();
    this.#changed();
  }

  #rest(): void {
    if (this.#cancelRest !== null || this.#stopped) return;
    const { timers, random, limits } = this.#parts;
    const delayMs = fullJitterMs(this.#failures, limits.backoff, random);
    this.#failures += 1;
    this.#cancelRest = timers.after(delayMs, () => {
      this.#cancelRest = null;
      this.#wake();
    });
  }

  #linger(): void {
    if (this.#cancelLinger !== null) return;
    this.#cancelLinger = this.#parts.timers.after(this.#parts.limits.lingerMs, () => {
      this.#cancelLinger = null;
      this.#plan.ripen();
      this.#wake();
    });
  }

  #forgetWindow(): void {
    this.#window.clear();
    this.#plan.forgetMissing();
    this.#cancelLinger?.();
    this.#cancelLinger = null;
  }

  #note(problem: WaslError): void {
    this.#problem = problem.code;
    this.#parts.report(problem);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
