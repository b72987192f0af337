/** What terminals and their payment machines have written down by the end of a scenario: evidence for the judge. */
import type { BookedPayment } from '../payment/machine.js';
import type { JournalDump } from './cast.js';
import type { ScenarioTerminal } from './terminal-port.js';

/** The journals, as bytes of events. */
export async function journalsOf(terminals: readonly ScenarioTerminal[]): Promise<readonly JournalDump[]> {
  const dumps: JournalDump[] = [];
  for (const terminal of terminals) {
    const events = await terminal.events();
    dumps.push({ terminal: terminal.name, events: events.map((bytes) => Buffer.from(bytes).toString('base64url')) });
  }
  return dumps;
}

/** What the payment machines have in their books. */
export function booksOf(terminals: readonly ScenarioTerminal[]): BookedPayment[] {
  return terminals.flatMap(({ machine }) => [...(machine?.books.values() ?? [])]);
}
