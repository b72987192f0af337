/** A terminal that runs on this machine, asked and told over its own kiosk API: its journal belongs to it alone. */
import { z } from 'zod';
import type { TerminalConfig } from '../../config.js';
import { ERROR_CODES, type ErrorCode } from '../../domain/error-codes.js';
import { WaslError } from '../../domain/errors.js';
import { TOKEN_HEADER } from '../../kiosk/guard.js';
import type { KioskCommand, StockView } from '../../kiosk/state.js';

/** A page or an answer that has not come by then does not come, ms. */
const ANSWER_TIMEOUT_MS = 30_000;
/** Largest answer that is read, in characters: the book of every commodity that a policy can have. */
const ANSWER_CHARS_MAX = 4 * 1024 * 1024;

const TOKEN = /<meta name="wasl-token" content="([A-Za-z0-9_-]{22,128})"/;

const words = z.looseObject({ ar: z.string(), fr: z.string(), en: z.string() });
const line = z.looseObject({
  commodity: z.string(),
  name: words,
  ...{ delivered: z.int(), dispensed: z.int(), returned: z.int(), writtenOff: z.int(), adjusted: z.int() },
  ...{ opening: z.int().nullable(), onHand: z.int().nullable(), entries: z.int() },
  lastCount: z.object({ time: z.int(), counted: z.int(), believed: z.int() }).nullable(),
});
const stockAnswer = z.object({ stock: z.array(line) });
const errorAnswer = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** What a running terminal can be asked about its stock. */
export interface RunningStock {
  book(): Promise<readonly StockView[]>;
  /** Records; rejects with what the terminal says of it. */
  record(command: Extract<KioskCommand, { readonly type: 'stock' }>): Promise<void>;
}

/** The terminal behind this configuration. Every call rejects with `ERR_API_REQUEST` where nobody answers on its port as a terminal does. */
export function runningStock({ kiosk: { port } }: Pick<TerminalConfig, 'kiosk'>): RunningStock {
  const root = `http://127.0.0.1:${port}`;
  const ask = async (path: string, init: RequestInit): Promise<string> => {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const response = await fetch(`${root}${path}`, { ...init, signal }).catch((cause: unknown) => {
      throw silent(port, cause);
    });
    const text = await response.text();
    if (text.length > ANSWER_CHARS_MAX) throw silent(port, null);
    if (response.ok) return text;
    throw refusalIn(text) ?? silent(port, null);
  };
  const withToken = async (): Promise<Record<string, string>> => {
    const [, token] = TOKEN.exec(await ask('/', {})) ?? [];
    if (token === undefined) throw silent(port, null);
    return { [TOKEN_HEADER]: token };
  };
  return {
    book: async () => {
      const answer = stockAnswer.safeParse(jsonIn(await ask('/api/stock', { headers: await withToken() })));
      if (!answer.success) throw silent(port, answer.error);
      return answer.data.stock as unknown as readonly StockView[];
    },
    record: async (command) => {
      const headers = { ...(await withToken()), 'content-type': 'application/json' };
      await ask('/api/command', { method: 'POST', headers, body: JSON.stringify(command) });
    },
  };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refusalIn(text: string): WaslError | null {
  const answer = errorAnswer.safeParse(jsonIn(text));
  if (!answer.success || !(answer.data.error.code in ERROR_CODES)) return null;
  return new WaslError(answer.data.error.code as ErrorCode, answer.data.error.message);
}

function silent(port: number, cause: unknown): WaslError {
  const message =
    `the terminal has its journal open, and nobody answers on port ${port} as a terminal does: ` +
    'is "kiosk.port" that of the configuration that it runs with?';
  return new WaslError('ERR_API_REQUEST', message, { cause });
}
