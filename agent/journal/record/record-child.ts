/** The process that has the databases of the record store: `record-process.ts` starts it with the folder as its argument. */
import { pouchDocs } from './pouch-docs.js';
import { type DocAnswer, DocError, type DocRequest, type RecordDocs } from './record-docs.js';

const [, , folder = ''] = process.argv;
const docs = pouchDocs(folder);

process.on('message', (request: DocRequest) => {
  answer(request).then(
    (message) => process.send?.(message),
    () => process.exit(1),
  );
});

// Whoever started us is gone: let go of the databases, a new process is about to open them.
process.on('disconnect', () => process.exit(0));

async function answer({ number, call, args }: DocRequest): Promise<DocAnswer> {
  try {
    const method: (...args: never[]) => Promise<unknown> = docs[call as keyof RecordDocs];
    return { number, ok: true, value: await method(...(args as never[])) };
  } catch (error) {
    if (error instanceof DocError) return { number, ok: false, fault: error.fault, message: error.message };
    return { number, ok: false, fault: 'damaged', message: String(error) };
  }
}
