/** A PIN from the keyboard or a pipe: never from the command line, where every process of the machine could read it. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { PIN_SHAPE } from '../../credential/pin.js';
import { WaslError } from '../../domain/errors.js';

/** Asks on standard error and reads a line of standard input, unseen where that is a keyboard. Rejects with `ERR_USAGE` for anything but 6 to 12 digits. */
export async function askPin(question: string): Promise<string> {
  process.stderr.write(question);
  // What the keyboard types is echoed to nowhere.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output, terminal: process.stdin.isTTY === true });
  const pin = await new Promise<string>((resolve) => {
    lines.once('line', (line) => resolve(line.trim()));
    lines.once('close', () => resolve(''));
  });
  lines.close();
  process.stderr.write('\n');
  if (!PIN_SHAPE.test(pin))
    throw new WaslError('ERR_USAGE', 'a PIN has 6 to 12 digits; it is read from standard input');
  return pin;
}
