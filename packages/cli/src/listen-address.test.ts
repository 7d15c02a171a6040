import { expect, test } from 'vitest';
import { parseListenAddress } from './listen-address.ts';

test.for([
  ['0', '127.0.0.1', 0],
  ['7330', '127.0.0.1', 7330],
  ['localhost:65535', 'localhost', 65_535],
  ['0.0.0.0:80', '0.0.0.0', 80],
  ['[::1]:7330', '::1', 7330],
] as const)('%s listens on %s, port %i', ([text, host, port]) => {
  expect(parseListenAddress('--http', text)).toEqual({ host, port });
});

test.for([
  '',
  ':',
  ':80',
  'localhost',
  'localhost:',
  '65536',
  '-1',
  '80.5',
  '0x50',
  '::1',
  '::1:80',
  '[::1]',
  '[localhost]:80',
  'http://localhost:80',
  'a b:80',
])("'%s' is no address", (text) => {
  expect(() => parseListenAddress('--http', text)).toThrow(`--http: '${text}' is no address. Allowed: [HOST:]PORT`);
});
