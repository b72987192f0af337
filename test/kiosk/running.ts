import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { Timers } from '../../agent/domain/clock.js';
import type { Log } from '../../agent/domain/log.js';
import { type Kiosk, type KioskOptions, startKiosk } from '../../agent/kiosk/server.js';
import { type ScriptedBackend, scriptedBackend } from './scripted-backend.js';

export const TOKEN = 'test-token-0123456789-abcdefghijklmnopqrst';

/** The page as Vite builds it for the product, in a folder of its own; `remove` deletes it. */
export async function buildPage(): Promise<{ webRoot: string; remove(): Promise<void> }> {
  const webRoot = await mkdtemp(join(tmpdir(), 'wasl-kiosk-'));
  const configFile = fileURLToPath(new URL('../../agent/kiosk/web/vite.config.ts', import.meta.url));
  await build({ configFile, logLevel: 'error', build: { outDir: webRoot } });
  return { webRoot, remove: () => rm(webRoot, { recursive: true, force: true }) };
}

/** Timers that go off when a test says so. */
export interface ManualTimers extends Timers {
  advance(byMs: number): void;
}

export function manualTimers(): ManualTimers {
  let nowMs = 0;
  const waiting = new Set<{ readonly dueMs: number; readonly callback: () => void }>();
  return {
    after(delayMs, callback) {
      const timer = { dueMs: nowMs + delayMs, callback };
      waiting.add(timer);
      return () => waiting.delete(timer);
    },
    advance(byMs) {
      nowMs += byMs;
      for (const timer of [...waiting].sort((a, b) => a.dueMs - b.dueMs)) {
        if (timer.dueMs > nowMs || !waiting.delete(timer)) continue;
        timer.callback();
      }
    },
  };
}

export const realTimers: Timers = {
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A log that keeps its lines. */
export function keptLog(): Log & { readonly lines: { level: string; details: object; message: string }[] } {
  const lines: { level: string; details: object; message: string }[] = [];
  const keep = (level: string) => (details: object, message: string) => void lines.push({ level, details, message });
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}

export interface RunningKiosk extends Kiosk {
  readonly backend: ScriptedBackend;
  readonly log: ReturnType<typeof keptLog>;
  readonly port: number;
}

/** The real server over a scripted terminal. */
export async function runKiosk(webRoot: string, options: Partial<KioskOptions> = {}): Promise<RunningKiosk> {
  const backend = scriptedBackend();
  const log = keptLog();
  const kiosk = await startKiosk({
    backend,
    log,
    host: '127.0.0.1',
    port: 0,
    webRoot,
    token: TOKEN,
    timers: realTimers,
    ...options,
  });
  return { ...kiosk, backend, log, port: Number(new URL(kiosk.url).port) };
}

/** A promise that a test settles by hand. */
export function deferred(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
