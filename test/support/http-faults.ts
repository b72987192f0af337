/** An HTTP proxy in front of a database, that fails on purpose: one fault for each request that a rule waits for. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

/**
 * `status`: answers with it and asks nobody. `silence`: never answers. `lost answer`: the request is done, its answer is not
 * delivered. `below quorum`: done and answered, but every document as accepted by too few nodes.
 */
export type Fault = { readonly status: number } | 'silence' | 'lost answer' | 'below quorum';

/** A running proxy. */
export interface FaultProxy {
  readonly url: string;
  /** Fails the next `times` requests whose method and path match. */
  fail(match: RegExp, fault: Fault, times?: number): void;
  /** Faults that still wait for a request. */
  pending(): number;
  /** Requests that matched, faulty or not. */
  count(match: RegExp): number;
  close(): Promise<void>;
}

interface Rule {
  readonly match: RegExp;
  readonly fault: Fault;
  left: number;
}

/** Starts a proxy to `target`, `http://host:port` without a path. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  let rules: Rule[] = [];
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const line = `${incoming.method} ${incoming.url}`;
    seen.push(line);
    const rule = rules.find(({ match }) => match.test(line));
    if (rule !== undefined) {
      rule.left -= 1;
      rules = rules.filter(({ left }) => left > 0);
    }
    void forward({ target, incoming, outgoing }, rule?.fault ?? null);
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    fail: (match, fault, times = 1) => {
      rules.push({ match, fault, left: times });
    },
    pending: () => rules.length,
    count: (match) => seen.filter((line) => match.test(line)).length,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Exchange {
  readonly target: string;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

async function forward({ target, incoming, outgoing }: Exchange, fault: Fault | null): Promise<void> {
  const body = await collect(incoming);
  if (fault === 'silence') return;
  if (fault !== null && typeof fault === 'object') {
    outgoing.writeHead(fault.status, { 'content-type': 'application/json' }).end('{"error":"injected"}');
    return;
  }
  // Uncompressed, so that an answer can be changed.
  const headers = { ...incoming.headers, 'accept-encoding': 'identity' };
  const onward = request(`${target}${incoming.url}`, { method: incoming.method, headers }, async (answer) => {
    const text = await collect(answer);
    if (fault === 'lost answer') {
      outgoing.destroy();
      return;
    }
    const changed = fault === 'below quorum' ? Buffer.from(belowQuorum(text.toString())) : text;
    const { 'content-length': _, 'transfer-encoding': __, ...kept } = answer.headers;
    outgoing.writeHead(answer.statusCode ?? 500, { ...kept, 'content-length': changed.length }).end(changed);
  });
  onward.on('error', () => outgoing.destroy());
  onward.end(body);
}

function belowQuorum(text: string): string {
  const rows: Record<string, unknown>[] = JSON.parse(text);
  return JSON.stringify(rows.map((row) => ('rev' in row ? { ...row, accepted: true } : row)));
}

async function collect(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
