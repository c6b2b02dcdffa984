import path from 'node:path';
import { expect, it } from 'vitest';
import { closeDatabase, openDatabase } from '../../../src/service/store/open-database.js';
import { smallDisk } from '../rest/small-disk.js';

it('a database on a full disk can be closed, and has what was committed when it is opened again', async (context) => {
  await using disk = await smallDisk();
  if (!disk) return context.skip('this process may not mount a disk');
  const file = path.join(disk.folder, 'some.db');
  const database = await openDatabase(file, 'CREATE TABLE kept (text TEXT)');
  database.prepare('INSERT INTO kept VALUES (?)').run('before');
  await disk.fill();
  expect(() => database.prepare('INSERT INTO kept VALUES (?)').run('x'.repeat(100_000))).toThrow('full');
  closeDatabase(database);
  const again = await openDatabase(file, '');
  expect(again.prepare('SELECT text FROM kept').all()).toEqual([{ text: 'before' }]);
  again.close();
});
