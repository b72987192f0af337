/** A worker's health page, on loopback: `/healthz` as JSON, `/metrics` in the text format of Prometheus. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WaslError } from '../../agent/domain/errors.js';
import type { BridgeCounters } from './counters.js';

/** How a worker is doing. */
export interface BridgeHealth {
  /** Batches can come in and acknowledgements go out. */
  readonly connected: boolean;
  readonly counters: Readonly<BridgeCounters>;
}

/** How any service of the centre is doing: ready for what it is there for, and what it has counted. */
export interface ServiceHealth {
  readonly connected: boolean;
  /** Numbers by name in camel case. */
  readonly counters: object;
}

/** A running health page. */
export interface HealthPage {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `health` on 127.0.0.1, metrics with `prefix`; port 0 picks a free one. Rejects with `ERR_PORT_IN_USE`. */
export async function serveHealth(
  port: number,
  health: () => ServiceHealth,
  prefix = 'wasl_bridge',
): Promise<HealthPage> {
  const server = createServer((request, response) => {
    if (request.url === '/healthz') answerHealth(response, health());
    else if (request.url === '/metrics') answerMetrics(response, health(), prefix);
    else response.writeHead(404).end();
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new WaslError('ERR_PORT_IN_USE', undefined, { cause, details: { port } })));
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

function answerHealth(response: ServerResponse, health: ServiceHealth): void {
  response.writeHead(health.connected ? 200 : 503, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(health)}\n`);
}

function answerMetrics(response: ServerResponse, { connected, counters }: ServiceHealth, prefix: string): void {
  const lines = Object.entries(counters).flatMap(([name, value]) => {
    const metric = `${prefix}_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_total`;
    return [`# TYPE ${metric} counter`, `${metric} ${value}`];
  });
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
  response.end(`# TYPE ${prefix}_connected gauge\n${prefix}_connected ${connected ? 1 : 0}\n${lines.join('\n')}\n`);
}
