/** One event of a stream (WHATWG HTML, 9.2.6): its name and data. */
export interface StreamEvent {
  readonly name: string;
  readonly data: string;
}

/** Most characters that one event may take; a longer one breaks the stream off. */
export const EVENT_CHARS_MAX = 1_000_000;

/**
 * Takes a stream of text apart into events. Feed it pieces as they come, cut anywhere; it gives back the events that are
 * complete. Reads `event` and `data` fields and skips comments, ids and unknown fields. Lines end in LF or CRLF, as our
 * server and proxies write them. Throws `RangeError` past {@link EVENT_CHARS_MAX}.
 */
export function createStreamParser(): (piece: string) => StreamEvent[] {
  let rest = '';
  return (piece) => {
    rest += piece;
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    if (rest.length > EVENT_CHARS_MAX) throw new RangeError('an event of the stream is too long');
    return blocks.map(parseBlock).filter((event) => event.data !== '');
  };
}

function parseBlock(block: string): StreamEvent {
  let name = 'message';
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value = ''] = /^(event|data)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'event') name = value;
    if (field === 'data') data.push(value);
  }
  return { name, data: data.join('\n') };
}
