import { describe, expect, test } from 'vitest';
import { hashedName } from './hashed-name.ts';
import { type HostPlace, hostNames } from './host-names.ts';
import { knownTypes, lookUp } from './look-up.ts';
import { ecdsaKey, ed25519Key, lineFor, rsaKey } from './made-keys.fixture.ts';
import { FileLines } from './named-lines.ts';

const own = ed25519Key();
const other = ed25519Key();
const rsa = rsaKey();
const ecdsa = ecdsaKey();

function verdict(lines: readonly string[], place: Partial<HostPlace> = {}, key = own): string {
  const found = lookUp(new FileLines('f', lines.join('\n')), hostNames({ host: 'web1', port: 22, ...place }), key);
  return 'line' in found ? `${found.status} ${found.line.line}` : found.status;
}

describe('a key that a host presents', () => {
  test.each([
    ['plain', lineFor('web1', own)],
    ['in a list', lineFor('a,web1,10.0.0.1', own)],
    ['by pattern', lineFor('web?', own)],
    ['hashed', lineFor(hashedName('web1'), own)],
    ['in another case', lineFor('WEB1', own)],
  ])('is known by a line that names the host: %s', (_, line) => {
    expect(verdict(['# first', line])).toBe('known 2');
    expect(verdict([line], { host: 'Web1' })).toBe('known 1');
    expect(verdict([line], {}, other)).toBe('changed 1');
    expect(verdict([line], { host: 'db' })).toBe('unknown');
  });

  test('is known by any of several lines, and by keys of several types', () => {
    const lines = [lineFor('web1', other), lineFor('web1', rsa), lineFor('*', own)];
    expect(verdict(lines)).toBe('known 3');
    expect(verdict(lines, {}, rsa)).toBe('known 2');
  });

  test('is changed where the host is known by other keys, of whatever type; the line of its type is told', () => {
    expect(verdict([lineFor('web1', rsa)])).toBe('changed 1');
    expect(verdict([lineFor('web1', rsa), lineFor('web1', other)])).toBe('changed 2');
  });

  test('is unknown where a negated pattern excludes the host', () => {
    expect(verdict([lineFor('!web1,*', own)])).toBe('unknown');
  });

  test('that is revoked is so whatever other lines say, and says nothing of other keys', () => {
    expect(verdict([lineFor('web1', own), `@revoked ${lineFor('*', own)}`])).toBe('revoked 2');
    expect(verdict([`@revoked ${lineFor('web1', own)}`])).toBe('revoked 1');
    expect(verdict([`@revoked ${lineFor('web1', other)}`])).toBe('unknown');
    expect(verdict([`@revoked ${lineFor('db', own)}`, lineFor('web1', own)])).toBe('known 2');
    // OpenSSH overlooks this one: it looks for a blank behind the marker before it looks for a tab.
    expect(verdict([`@revoked\t${lineFor('web1', own)}`])).toBe('revoked 1');
  });

  test('of an authority that signs hosts is no key of a host', () => {
    expect(verdict([`@cert-authority ${lineFor('web1', own)}`])).toBe('unknown');
    expect(verdict([`@cert-authority ${lineFor('web1', other)}`])).toBe('unknown');
  });
});

describe('a host at another port', () => {
  const at = { port: 2222 };
  test('stands in brackets', () => {
    expect(verdict([lineFor('[web1]:2222', own)], at)).toBe('known 1');
    expect(verdict([lineFor('[web1]:2222', own)])).toBe('unknown');
    expect(verdict([lineFor('[web1]:2223', own)], at)).toBe('unknown');
    expect(verdict([lineFor('[web1]:2222', other)], at)).toBe('changed 1');
    expect(verdict([lineFor('[web1]:*', own)], at)).toBe('known 1');
  });

  test('is known by a line without a port too, which says nothing against another key', () => {
    expect(verdict([lineFor('web1', own)], at)).toBe('known 1');
    expect(verdict([lineFor('web1', other)], at)).toBe('unknown');
    expect(verdict([lineFor('[web1]:2222', other), lineFor('web1', own)], at)).toBe('changed 1');
    expect(verdict([`@revoked ${lineFor('web1', own)}`], at)).toBe('revoked 1');
    expect(verdict([lineFor('[web1]:2222', own), `@revoked ${lineFor('web1', own)}`], at)).toBe('revoked 2');
    expect(verdict([lineFor('[web1]:2222', other), `@revoked ${lineFor('web1', own)}`], at)).toBe('revoked 2');
  });

  test('with an alias is known by the alias alone, without the port', () => {
    const place = { port: 2222, alias: 'Blue' };
    expect(verdict([lineFor('blue', own)], place)).toBe('known 1');
    expect(verdict([lineFor(hashedName('blue'), own)], place)).toBe('known 1');
    expect(verdict([lineFor('web1', own), lineFor('[blue]:2222', own)], place)).toBe('unknown');
  });
});

test('an address can only speak against a key', () => {
  const place = { address: '10.0.0.1' };
  expect(verdict([lineFor('10.0.0.1', own)], place)).toBe('unknown');
  expect(verdict([lineFor('web1', own), lineFor('10.0.0.1', other)], place)).toBe('changed 2');
  expect(verdict([lineFor('web1', own), `@revoked ${lineFor('10.0.0.1', own)}`], place)).toBe('revoked 2');
  expect(verdict([lineFor('web1,10.0.0.1', own)], place)).toBe('known 1');
  expect(verdict([lineFor('[web1]:22,[10.0.0.1]:2222', other), lineFor('[web1]:2222', own)], { ...place, port: 2222 })).toBe('changed 1');
});

test('the types that are known for a host are those of its own lines, or of those without the port', () => {
  const lines = [
    lineFor('web1', rsa),
    `@revoked ${lineFor('web1', own)}`,
    `@cert-authority ${lineFor('web1', own)}`,
    lineFor('[web1]:2222', ecdsa),
  ];
  const types = (port: number): string[] => [...knownTypes(new FileLines('f', lines.join('\n')), hostNames({ host: 'web1', port }))];
  expect(types(22)).toEqual(['ssh-rsa']);
  expect(types(2222)).toEqual(['ecdsa-sha2-nistp256']);
  expect(types(7)).toEqual(['ssh-rsa']);
});
