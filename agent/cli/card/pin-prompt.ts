/** PINs of holders from the keyboard, unseen, or from standard input, one a line: never from the command line, where every process of the machine could read them. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { WaslError } from '../../domain/errors.js';
import { HOLDER_PIN_SHAPE } from '../../domain/holder-pin.js';

/** What is asked for, one after the other. `new` is asked for twice at a keyboard. */
export type PinQuestion = 'old' | 'new';

const WORDS: Readonly<Record<PinQuestion, string>> = { old: 'PIN of the card now: ', new: 'New PIN: ' };

/** Asks on standard error. Rejects with `ERR_USAGE` for anything but 4 to 8 digits, an end of the input, and two that are not the same. */
export async function askHolderPins<const Questions extends readonly PinQuestion[]>(
  questions: Questions,
): Promise<{ readonly [K in Questions[number]]: string }> {
  const { stdin, stderr } = process;
  const isKeyboard = stdin.isTTY === true;
  // What the keyboard types is echoed to nowhere.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output, terminal: isKeyboard });
  const next = lines[Symbol.asyncIterator]();
  const ask = async (words: string): Promise<string> => {
    stderr.write(words);
    const { value, done } = await next.next();
    stderr.write('\n');
    const pin = done === true ? '' : String(value).trim();
    if (!HOLDER_PIN_SHAPE.test(pin))
      throw new WaslError(
        'ERR_USAGE',
        'the PIN of a card has 4 to 8 digits; it is read from standard input, one a line',
      );
    return pin;
  };
  try {
    const pins: Partial<Record<PinQuestion, string>> = {};
    for (const question of questions) {
      const pin = await ask(WORDS[question]);
      if (question === 'new' && isKeyboard && (await ask('The same again: ')) !== pin)
        throw new WaslError('ERR_USAGE', 'the two were not the same: nothing was done');
      pins[question] = pin;
    }
    return pins as { readonly [K in Questions[number]]: string };
  } finally {
    lines.close();
  }
}
