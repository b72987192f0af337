/** Parts of a benchmark in processes of their own: a parent that asks, children that answer, one question at a time by name. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A child that answers questions. */
export interface Child {
  /** Resolves to the answer, as the child's handler of that name gives it (JSON); rejects with its message when the handler fails or the child ends. */
  ask<T>(name: string, data?: unknown): Promise<T>;
  /** Ends the child; resolves once it is gone. */
  end(): Promise<void>;
}

interface Question {
  readonly id: number;
  readonly name: string;
  readonly data: unknown;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Starts a program, named by the URL of its source as built. What it prints goes to our standard error. */
export function startChild(program: URL): Child {
  const path = fileURLToPath(program);
  const child = fork(path, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let last = 0;
  child.on('message', (message) => {
    const { id, value, error } = message as Answer;
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asked?.resolve(value);
    else asked?.reject(new Error(error));
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      for (const { reject } of waiting.values()) reject(new Error(`${path} ended (${code ?? signal})`));
      waiting.clear();
      resolve();
    });
  });
  return {
    ask: <T>(name: string, data?: unknown) =>
      new Promise<T>((resolve, reject) => {
        last += 1;
        waiting.set(last, { resolve: (value) => resolve(value as T), reject });
        send(child, { id: last, name, data }, reject);
      }),
    end: () => {
      child.kill();
      return ended;
    },
  };
}

function send(child: ChildProcess, question: Question, failed: (error: Error) => void): void {
  if (!child.connected) failed(new Error('the child is gone'));
  else child.send(question, (error) => (error === null ? undefined : failed(error)));
}

/** What a child answers, by name. */
export type Handlers = Readonly<Record<string, (data: unknown) => unknown>>;

/** For a child: answers each question with the handler of its name, and ends when the parent is gone. */
export function answerParent(handlers: Handlers): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (message) => {
    const { id, name, data } = message as Question;
    const answer = (reply: Omit<Answer, 'id'>): void => {
      if (process.connected) process.send?.({ id, ...reply });
    };
    Promise.resolve()
      .then(() => {
        const handler = handlers[name];
        if (handler === undefined) throw new Error(`there is no '${name}'`);
        return handler(data);
      })
      .then(
        (value) => answer({ value: value ?? null }),
        (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
      );
  });
}
