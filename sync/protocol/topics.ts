/** Names on the wire and the MQTT topics made of them, published in `docs/formats/asyncapi.yaml`. */

/** Longest name of a terminal. */
export const TERMINAL_CHARS_MAX = 32;

/** Longest name of an epoch: `2026q4-` and 8 characters. */
export const EPOCH_CHARS_MAX = 15;

/** Highest sequence of an epoch: what its eight digits hold at the centre. */
export const SEQ_MAX = 99_999_999;

/** Filter of the batches of all terminals. */
export const BATCH_FILTER = 'wasl/1/+/up';

/** {@link BATCH_FILTER} as an MQTT 5 shared subscription (§4.8.2): the broker gives each batch to one bridge worker. */
export const SHARED_BATCH_FILTER = `$share/bridge/${BATCH_FILTER}`;

const TERMINAL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
const EPOCH = /^20[2-9][0-9]q[1-4]-[a-z2-7]{8}$/;
const BATCH_TOPIC = /^wasl\/1\/([^/]{1,32})\/up$/;

/** True for a name that a terminal may have: 1 to 32 of letters, digits, `.`, `_` and `-`, so that it fits topics and document ids. */
export function isTerminalName(name: string): boolean {
  return TERMINAL.test(name);
}

/** True for the name of an epoch: a quarter of 2020 to 2099, so that the databases of all periods are a bounded set, and 40 random bits. */
export function isEpochName(name: string): boolean {
  return EPOCH.test(name);
}

/** The topic that a terminal publishes its batches on. */
export function batchTopic(terminal: string): string {
  return `wasl/1/${terminal}/up`;
}

/** The topic that a terminal is acknowledged on. */
export function ackTopic(terminal: string): string {
  return `wasl/1/${terminal}/ack`;
}

/** The terminal that a batch topic belongs to, or null for any other topic. */
export function terminalOfBatchTopic(topic: string): string | null {
  const name = BATCH_TOPIC.exec(topic)?.[1];
  return name !== undefined && isTerminalName(name) ? name : null;
}
