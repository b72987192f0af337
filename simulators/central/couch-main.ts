/** The embedded database server as a process of its own: `node couch-main.js --port N --data FOLDER --password-file FILE`. */
import { parseArgs } from 'node:util';
import { WaslError } from '../../agent/domain/errors.js';
import { startCouch } from './couch.js';
import { passwordIn, portFrom, serveUntilSignal } from './process.js';

await serveUntilSignal(async () => {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      data: { type: 'string' },
      'password-file': { type: 'string' },
    },
  });
  if (values.data === undefined) throw new WaslError('ERR_USAGE', 'name the folder of its files with --data');
  const file = values['password-file'];
  const password = file === undefined ? {} : { password: await passwordIn(file) };
  const couch = await startCouch({ port: portFrom(values.port), folder: values.data, ...password });
  const { url, port, username } = couch;
  const told = file === undefined ? { password: couch.password } : {};
  return { ready: { ready: 'couch', url, port, username, ...told }, close: couch.close };
});
