/** Many terminals in one process, for a benchmark: real uplinks over real MQTT, journals in memory. */
import { signerFromSeed } from '../../agent/credential/signature.js';
import { UPLINK_LIMITS } from '../../sync/uplink/parts.js';
import { answerParent, type Handlers } from './children.js';
import { seeded, services } from './events.js';
import { type BenchTerminal, openBenchTerminal, recordServices } from './terminal.js';

/** Which terminals, and whom they talk to; keys and seeds as hex. */
export interface TerminalsOrder {
  readonly terminals: readonly { readonly name: string; readonly seed: string }[];
  readonly brokerUrl: string;
  readonly username: string | null;
  readonly password: string | null;
  readonly sealPublicKey: string;
  readonly ackPublicKey: string;
}

/** How they are doing. */
export interface TerminalsReport {
  /** Events recorded and not acknowledged, over all of them. */
  readonly backlog: number;
  readonly online: number;
  /** When each came online since the last `mark`, milliseconds since 1970; at most one for each terminal, the first. */
  readonly onlineAtMs: readonly number[];
  /** The most events that any one of them had under way. */
  readonly eventsUnderWayMax: number;
}

interface Running extends BenchTerminal {
  eventsUnderWayMax: number;
  onlineAtMs: number | null;
}

const BEGIN_S = Date.UTC(2026, 10, 21, 6) / 1000;

answerParent(terminals());

function terminals(): Handlers {
  let running: Running[] = [];
  return {
    start: async (data) => {
      const order = data as TerminalsOrder;
      running = await Promise.all(order.terminals.map((terminal) => start(terminal, order)));
      for (const { uplink } of running) uplink.start();
    },
    /** Forgets when they came online. */
    mark: () => {
      for (const terminal of running) terminal.onlineAtMs = null;
    },
    /** Each records this many services. */
    serve: async (data) => {
      const count = Number(data);
      for (const [index, { journal }] of running.entries())
        await recordServices(journal, services(count, seeded(index + 1), BEGIN_S));
    },
    report: (): TerminalsReport => ({
      backlog: running.reduce((sum, { journal }) => sum + journal.state().backlog, 0),
      online: running.filter(({ uplink }) => uplink.status().connection === 'online').length,
      onlineAtMs: running.flatMap(({ onlineAtMs }) => (onlineAtMs === null ? [] : [onlineAtMs])),
      eventsUnderWayMax: Math.max(0, ...running.map(({ eventsUnderWayMax }) => eventsUnderWayMax)),
    }),
  };
}

async function start({ name, seed }: { name: string; seed: string }, order: TerminalsOrder): Promise<Running> {
  const opened = await openBenchTerminal({
    ...order,
    name,
    signer: signerFromSeed(fromHex(seed)),
    sealPublicKey: fromHex(order.sealPublicKey),
    ackPublicKey: fromHex(order.ackPublicKey),
    limits: UPLINK_LIMITS,
  });
  const { uplink } = opened;
  const terminal: Running = { ...opened, onlineAtMs: null, eventsUnderWayMax: 0 };
  uplink.subscribe(() => {
    terminal.eventsUnderWayMax = Math.max(terminal.eventsUnderWayMax, uplink.load().events);
    if (uplink.status().connection === 'online') terminal.onlineAtMs ??= Date.now();
  });
  return terminal;
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
