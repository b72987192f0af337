/** Tables that people hand in, as spreadsheets save them. */
import { readFile } from 'node:fs/promises';
import { WaslError } from '../../domain/errors.js';
import { fileError } from '../../files.js';

const REMEDY = 'in the spreadsheet choose "CSV UTF-8" when saving';

/**
 * The text of a table. Throws `ERR_DATA_FILE` where the file cannot be read, and `ERR_ORDER` where it is not UTF-8: what Windows calls Unicode (UTF-16), or an older
 * encoding such as Windows-1256, in which names would be taken for other letters without anybody being told.
 */
export async function readTable(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw fileError('ERR_DATA_FILE', path, cause);
  });
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (isUtf16 || bytes.includes(0)) throw new WaslError('ERR_ORDER', `${path} is no text in UTF-8: ${REMEDY}`);
  const text = bytes.toString('utf8');
  const wrongAt = firstNotUtf8(bytes, text);
  if (wrongAt === null) return text;
  const line = text.slice(0, wrongAt).split('\n').length;
  throw new WaslError('ERR_ORDER', `${path}: line ${line} is not in UTF-8, so its letters cannot be told: ${REMEDY}`);
}

/** Where in `text` the first letter stands that its bytes did not say; null where all of them did. */
function firstNotUtf8(bytes: Buffer, text: string): number | null {
  if (Buffer.from(text, 'utf8').equals(bytes)) return null;
  const at = text.indexOf('\ufffd');
  return at === -1 ? 0 : at;
}
