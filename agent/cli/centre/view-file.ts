/** The document of views as commands read it, with the table of members that it names. */
import { dirname, resolve } from 'node:path';
import { MEMBER_COLUMNS, type Members, membersFrom } from '../../../sync/settlement/views/members.js';
import { checkViews, type Views } from '../../../sync/settlement/views/parties.js';
import { parseCsv } from '../../cards/csv.js';
import { isWaslError, WaslError } from '../../domain/errors.js';
import { readJsonFile } from '../../files.js';
import { readTable } from '../shared/table-file.js';

/** A checked document, and its table. */
export interface ViewsFile {
  readonly views: Views;
  readonly members?: Members;
}

/** Reads a document of views. Rejects with `ERR_CONFIG` for mistakes in it or in its table, and with `ERR_DATA_FILE` for a table that cannot be read. */
export async function readViewsFile(file: string): Promise<ViewsFile> {
  const views = await naming(file, async () => checkViews(await readJsonFile(file)));
  if (views.members === undefined) return { views };
  const table = resolve(dirname(file), views.members);
  return { views, members: await naming(table, () => readMembers(table)) };
}

async function readMembers(table: string): Promise<Members> {
  try {
    return membersFrom(parseCsv(await readTable(table), MEMBER_COLUMNS));
  } catch (error) {
    if (!isWaslError(error, 'ERR_ORDER')) throw error;
    throw new WaslError('ERR_CONFIG', error.message, { cause: error });
  }
}

async function naming<T>(file: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (!isWaslError(error, 'ERR_CONFIG') || error.message.startsWith(file)) throw error;
    throw new WaslError('ERR_CONFIG', `${file}: ${error.message}`, { cause: error });
  }
}
