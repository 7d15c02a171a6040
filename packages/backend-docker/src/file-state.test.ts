import { expect, test } from 'vitest';
import { toFileState } from './file-state.ts';

const stat = (mode: number, linkTarget = ''): ReturnType<typeof toFileState> =>
  toFileState(Buffer.from(JSON.stringify({ name: 'x', size: 5, mode, mtime: '2026-01-02T03:04:05.678Z', linkTarget })).toString('base64'));

test("a file's state has its type, mode, size and time", () => {
  expect(stat(0o644)).toEqual({ type: 'file', mode: 0o644, sizeBytes: 5, modifiedAt: new Date('2026-01-02T03:04:05.678Z') });
  expect(stat(2_147_484_141).type).toBe('directory');
  expect(stat(2 ** 27 + 0o777, '/there')).toMatchObject({ type: 'symlink', target: '/there' });
  expect(stat(2 ** 25 + 0o600).type).toBe('FIFO');
  expect(stat(2 ** 24 + 0o600).type).toBe('socket');
  expect(stat(2 ** 26 + 2 ** 21 + 0o600).type).toBe('device');
  expect(stat(2 ** 31 + 2 ** 20 + 0o777).mode).toBe(0o1777);
  expect(stat(2 ** 23 + 2 ** 22 + 0o755).mode).toBe(0o6755);
});
