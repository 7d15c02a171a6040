import { ExecError } from '@errand/core';
import { describe, expect, test } from 'vitest';
import type { AnyAuthMethod, AuthenticationType } from '../ssh-client.ts';
import { connectFault } from '../ssh-errors.ts';
import { Authentication, type Credential } from './authentication.ts';

const LEVEL = { level: 'client-authentication' };

/** Names what is sent by its type and name. */
function credential(type: Credential['type'], name: string, more: Partial<Credential> = {}): Credential {
  return { type, name, offer: async () => ({ type, username: name }) as AnyAuthMethod, ...more };
}

/** A server's answers, one after the other: what it would take, and whether the last try was right. */
async function dialogue(authentication: Authentication, answers: readonly (readonly [string, boolean?] | 'skipped')[]): Promise<string[]> {
  const sent: string[] = [];
  let left: AuthenticationType[] | undefined;
  let isPartial = false;
  for (const answer of [undefined, ...answers]) {
    // ssh2 hands on the last answer where it went on by itself.
    if (answer && answer !== 'skipped') {
      left = answer[0].split(',') as AuthenticationType[];
      isPartial = answer[1] ?? false;
    }
    const method = await new Promise<unknown>((next) => authentication.handler(left as never, isPartial, next));
    sent.push(method === false ? 'end' : `${Reflect.get(Object(method), 'type')} ${Reflect.get(Object(method), 'username')}`);
  }
  return sent;
}

function messageOf({ record }: Authentication, cause: Error = Object.assign(new Error('failed'), LEVEL)): string {
  const fault = connectFault(cause, 'me@host:22', record);
  expect(fault.code).toBe('EXEC_AUTH');
  return fault.message;
}

const key1 = credential('publickey', 'key 1');
const key2 = credential('publickey', 'key 2');
const password = credential('password', 'password');
const answer = credential('keyboard-interactive', 'password (as the answer)', { unless: 'password' });
const questions = credential('keyboard-interactive', 'keyboard-interactive', { repeats: true });
const skipped: Credential = { type: 'publickey', name: 'key 0 (needs a passphrase)' };

describe('what is offered', () => {
  test('is none, and then what the server takes, in its order', async () => {
    const authentication = new Authentication('me', [password, skipped, key1, key2]);
    expect(await dialogue(authentication, [['publickey'], ['publickey'], ['publickey']])).toEqual([
      'none me',
      'publickey key 1',
      'publickey key 2',
      'end',
    ]);
    expect(messageOf(authentication)).toBe(
      'me@host:22 does not let us in. It was tried with key 0 (needs a passphrase), key 1, key 2; the server takes publickey.',
    );
  });

  test('goes on after a partial success with what was passed over', async () => {
    const authentication = new Authentication('me', [password, key1, questions]);
    expect(await dialogue(authentication, [['publickey'], ['password', true], ['password']])).toEqual([
      'none me',
      'publickey key 1',
      'password password',
      'end',
    ]);
    expect(messageOf(authentication)).toContain('key 1 (accepted, but not enough), password; the server takes password.');
  });

  test('is a second key where the server wants two, and questions as often as it accepts their answers', async () => {
    const sent = await dialogue(new Authentication('me', [questions, key1, key2]), [
      ['publickey'],
      ['publickey', true],
      ['keyboard-interactive', true],
      ['keyboard-interactive', true],
      ['keyboard-interactive'],
    ]);
    expect(sent).toEqual([
      'none me',
      'publickey key 1',
      'publickey key 2',
      'keyboard-interactive keyboard-interactive',
      'keyboard-interactive keyboard-interactive',
      'end',
    ]);
  });

  test('is the password as an answer only where the server takes no passwords', async () => {
    const methods = [password, answer];
    expect(
      await dialogue(new Authentication('me', methods), [['password,keyboard-interactive'], ['password,keyboard-interactive']]),
    ).toEqual(['none me', 'password password', 'end']);
    const authentication = new Authentication('me', methods);
    expect(await dialogue(authentication, [['publickey,keyboard-interactive']])).toEqual([
      'none me',
      'keyboard-interactive password (as the answer)',
    ]);
  });

  test('is asked for anew after an agent signed, for ssh2 does not tell what the server answered', async () => {
    const agent = credential('publickey', 'key A', { signature: () => 'made' });
    expect(await dialogue(new Authentication('me', [agent, password]), [['publickey'], 'skipped', ['password'], ['password']])).toEqual([
      'none me',
      'publickey key A',
      'none me',
      'password password',
      'end',
    ]);
  });

  test('is not repeated where ssh2 passes a key over, and that is told', async () => {
    const authentication = new Authentication('me', [key1, key2, questions]);
    const answers = [['publickey'], ['publickey,keyboard-interactive', true], 'skipped', 'skipped'] as const;
    expect(await dialogue(authentication, answers)).toEqual([
      'none me',
      'publickey key 1',
      'publickey key 2',
      'keyboard-interactive keyboard-interactive',
      'end',
    ]);
    expect(authentication.record.tried[1]).toBe('key 2 (no algorithm in common with the server)');
  });

  test('ends with what is thrown when its turn has come, or later', async () => {
    const fault = new ExecError('EXEC_AUTH', 'The function for the password failed.');
    const failing = credential('password', 'password', { offer: () => Promise.reject(fault) });
    const authentication = new Authentication('me', [failing, key1]);
    expect(await dialogue(authentication, [['password,publickey']])).toEqual(['none me', 'end']);
    expect(messageOf(authentication)).toBe(fault.message);
    const later = credential('password', 'password', {
      offer: async (fail) => {
        fail(fault);
        return { type: 'password', username: 'me', password: '' };
      },
    });
    expect(await dialogue(new Authentication('me', [later, key1]), [['password,publickey'], ['password,publickey']])).toEqual([
      'none me',
      'password me',
      'end',
    ]);
  });
});

describe('a login that failed', () => {
  test('with nothing, or nothing that the server takes, says so', async () => {
    const nothing = new Authentication('me', []);
    await dialogue(nothing, [['publickey']]);
    expect(messageOf(nothing)).toBe('me@host:22 does not let us in. There was nothing to try; the server takes publickey.');
    const other = new Authentication('me', [password, answer, questions]);
    await dialogue(other, [['publickey']]);
    expect(messageOf(other)).toBe(
      'me@host:22 does not let us in. It takes nothing of what there is (password, keyboard-interactive); the server takes publickey.',
    );
  });

  test.each([new Error('Too many authentication failures'), Object.assign(new Error('no more'), { code: 14 })])(
    'because the server ended it says what to do: %s',
    async (cause) => {
      const authentication = new Authentication('me', [key1]);
      await dialogue(authentication, [['publickey']]);
      expect(messageOf(authentication, cause)).toMatch(
        /tried with key 1; the server takes publickey\. It allows no more tries on one connection/,
      );
    },
  );

  test('for another reason is no matter of authentication', () => {
    const { record } = new Authentication('me', [key1]);
    expect(connectFault(new Error('reset'), 'me@host:22', record).code).toBe('EXEC_CONNECT');
  });
});
