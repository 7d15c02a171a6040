import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parsePrivateKey } from '../ssh-keys-client.ts';

const KEYS: Readonly<Record<string, KeyObject>> = {
  'ssh-rsa': generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  'ecdsa-sha2-nistp256': generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  'ecdsa-sha2-nistp521': generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  'ssh-ed25519': generateKeyPairSync('ed25519').privateKey,
};

describe('a key in PKCS #8', () => {
  test.each(Object.entries(KEYS))('signs: %s', (type, key) => {
    const plain = key.export({ format: 'pem', type: 'pkcs8' });
    const encrypted = key.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'hunter2' });
    for (const parsed of [parsePrivateKey(Buffer.from(plain)), parsePrivateKey(Buffer.from(encrypted), 'hunter2')]) {
      expect(parsed?.type).toBe(type);
      expect(parsed?.verify('data', parsed.sign('data'))).toBe(true);
    }
    expect(parsePrivateKey(Buffer.from(encrypted))).toBeUndefined();
    expect(parsePrivateKey(Buffer.from(encrypted), 'wrong')).toBeUndefined();
  });

  test('of another type is none', () => {
    const { privateKey } = generateKeyPairSync('ed448');
    expect(parsePrivateKey(Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' })))).toBeUndefined();
  });
});
