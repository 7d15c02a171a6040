import { expect, test } from 'vitest';
import { splitPaths } from './split-paths.ts';

test.each([
  ['', []],
  ['none', []],
  ['/a', ['/a']],
  ['/a/b ~/c /d', ['/a/b', '~/c', '/d']],
  ['/with blank/a /b and more', ['/with blank/a', '/b and more']],
  ['C:\\Users\\me/.ssh/known_hosts C:\\Users\\me/.ssh/known_hosts2', ['C:\\Users\\me/.ssh/known_hosts', 'C:\\Users\\me/.ssh/known_hosts2']],
  ['__PROGRAMDATA__\\ssh/a __PROGRAMDATA__\\ssh/b', ['__PROGRAMDATA__\\ssh/a', '__PROGRAMDATA__\\ssh/b']],
])('%j holds %j', (line, paths) => {
  expect(splitPaths(line)).toEqual(paths);
});
