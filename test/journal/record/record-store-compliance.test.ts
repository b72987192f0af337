import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryRecordStore } from '../../../simulators/world/memory-record-store.js';
import { describeRecordStore } from '../../compliance/record-store.js';
import { openRecords } from '../records.js';

describeRecordStore('a record store in memory', async () => {
  return { open: async () => new MemoryRecordStore(), durable: false, dispose: async () => {} };
});

describeRecordStore('the record store on PouchDB', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'wasl-records-'));
  return { open: () => openRecords(folder), durable: true, dispose: () => rm(folder, { recursive: true }) };
});
