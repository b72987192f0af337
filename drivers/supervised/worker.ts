/** The process side: answers heartbeats, does what it is asked, and ends when the terminal is gone. Loads nothing native itself. */
import { type FromWorker, failureOf, messageText, toWorker } from './messages.js';

/** Tells the terminal of something that happened. */
export type Tell = (event: unknown) => void;

/** What a process can be asked to do. A method checks its own parameters, and resolves to what JSON can carry. */
export type WorkerMethods = Readonly<Record<string, (params: unknown) => Promise<unknown>>>;

/** The channel to the terminal; `process` has it in a forked process. */
export interface WorkerChannel {
  send(message: FromWorker): void;
  onMessage(listener: (message: unknown) => void): void;
  onClosed(listener: () => void): void;
  exit(): never;
  /** Processor and wall-clock time since the process began, and the memory that it holds. */
  usage(): { readonly cpuMs: number; readonly upMs: number; readonly residentBytes: number };
}

/**
 * Serves the terminal until it is gone. `prepare` loads the native part; when it rejects, the terminal is told that this process is unusable, and why.
 * A message that is not understood ends the process: the two are not of one build.
 */
export function serveTerminal(prepare: (tell: Tell) => Promise<WorkerMethods>, channel: WorkerChannel): void {
  channel.onClosed(() => channel.exit());
  let methods: WorkerMethods = {};
  channel.onMessage((raw) => {
    const message = toWorker.safeParse(raw);
    if (!message.success) channel.exit();
    if (message.data.type === 'ping') {
      channel.send({ type: 'pong', number: message.data.number, ...channel.usage() });
      return;
    }
    const { number, method, params } = message.data;
    const call = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (call === undefined) channel.exit();
    call(params).then(
      (result) => channel.send({ type: 'answer', number, result: result ?? null }),
      (error: unknown) => channel.send(failureOf(number, error)),
    );
  });
  prepare((event) => channel.send({ type: 'event', event })).then(
    (prepared) => {
      methods = prepared;
      channel.send({ type: 'hello' });
    },
    (error: unknown) => channel.send({ type: 'unusable', message: messageText(error) }),
  );
}

/** The channel of a process that was forked. */
export function forkedChannel(): WorkerChannel {
  // What ends the terminal in peace (Ctrl-C, systemd) is sent to us as well, and must not end us first: a tap may still be writing.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  return {
    send: (message) => {
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
    onMessage: (listener) => void process.on('message', listener),
    onClosed: (listener) => void process.on('disconnect', listener),
    exit: () => process.exit(1),
    usage: () => {
      const { user, system } = process.cpuUsage();
      return {
        cpuMs: (user + system) / 1000,
        upMs: performance.now(),
        residentBytes: process.memoryUsage.rss(),
      };
    },
  };
}
