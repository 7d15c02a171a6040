import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import ssh2, { type AuthContext, type KeyboardAuthContext, type PasswordAuthContext, type Server } from 'ssh2';
import { afterEach, describe, expect, test } from 'vitest';
import { SshConnection } from '../ssh-client.ts';
import { connectFault } from '../ssh-errors.ts';
import { Authentication } from './authentication.ts';
import type { SshAuthentication } from './authentication-options.ts';
import { credentialsOf } from './credentials.ts';

const hostKey = ssh2.utils.generateKeyPairSync('ed25519').private;
let server: Server;
afterEach(() => server.close());

/** What was tried, with a server that answers as OpenSSH's cannot be made to. */
async function logIn(
  answer: (context: AuthContext, drop: () => void, disconnect: (code: number) => void) => void,
  method: SshAuthentication,
): Promise<readonly string[]> {
  server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    // A reason of one's own is no part of ssh2's interface.
    const disconnect = (code: number): void => Reflect.get(client, '_protocol').disconnect(code);
    client.on('error', () => {}).on('authentication', (context) => answer(context, () => client.end(), disconnect));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { handler, record } = new Authentication('me', await credentialsOf({ user: 'me', methods: [method] }));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const config = { username: 'me', authHandler: handler, verifyHostKey: async () => {}, hostKeyAlgorithms: ['ssh-ed25519'] };
  const connection = await SshConnection.open(socket, config, AbortSignal.timeout(10_000)).catch((cause) => {
    throw connectFault(cause, 'target', record);
  });
  await connection.end();
  return record.tried;
}

describe('a server that', () => {
  test('asks several questions, and anew once they are answered, is answered each time', async () => {
    const answers: (readonly string[])[] = [];
    const tried = await logIn(
      (context) => {
        if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
        const prompts = [
          { prompt: 'Password: ', echo: false },
          { prompt: 'Code: ', echo: true },
        ];
        (context as KeyboardAuthContext).prompt(prompts, 'Title', 'Instruction', (given) => {
          answers.push(given);
          if (answers.length < 3) context.reject(['keyboard-interactive'], true);
          else context.accept();
        });
      },
      { keyboardInteractive: (prompts, info) => prompts.map(({ prompt, echo }) => `${prompt}${echo} ${info.name} ${info.instruction}`) },
    );
    expect(answers).toEqual(Array(3).fill(['Password: false Title Instruction', 'Code: true Title Instruction']));
    expect(tried).toEqual([...Array(2).fill('keyboard-interactive (accepted, but not enough)'), 'keyboard-interactive']);
  });

  test.each([
    [[{ prompt: 'Password: ', echo: true }]],
    [[{ prompt: 'Password: ' }, { prompt: 'Code: ' }]],
    [[{ prompt: 'Password: ' }], [{ prompt: 'New password: ' }]],
  ])('asks for more or else than a password is not told it: %o', async (...rounds) => {
    const answers: (readonly string[])[] = [];
    const ask = (context: KeyboardAuthContext, round: number): void => {
      const prompts = rounds[round];
      if (!prompts) return context.reject(['keyboard-interactive']);
      context.prompt(
        prompts.map(({ prompt, ...rest }) => ({ prompt, echo: false, ...rest })),
        (given) => {
          answers.push(given);
          ask(context, round + 1);
        },
      );
    };
    const login = logIn(
      (context) => {
        if (context.method === 'keyboard-interactive') ask(context as KeyboardAuthContext, 0);
        else context.reject(['keyboard-interactive']);
      },
      { password: 'hunter2' },
    );
    await expect(login).rejects.toMatchObject({ code: 'EXEC_AUTH' });
    expect(answers).toEqual(rounds.length > 1 ? [['hunter2'], []] : [[]]);
  });

  test('wants a new password is an EXEC_AUTH that says so', async () => {
    const login = logIn(
      (context) => {
        if (context.method === 'password') (context as PasswordAuthContext).requestChange('Expired', () => {});
        else context.reject(['password']);
      },
      { password: 'hunter2' },
    );
    await expect(login).rejects.toMatchObject({
      code: 'EXEC_AUTH',
      message: 'target wants a new password, for the one that it was given has expired. Change it there first.',
    });
  });

  test('has no more ways is EXEC_AUTH where it refused one of ours, and else a connection that it did not want', async () => {
    // RFC 4253's NO_MORE_AUTH_METHODS_AVAILABLE.
    const refusing = (method: string) => (context: AuthContext, _drop: () => void, disconnect: (code: number) => void) => {
      if (context.method === method) disconnect(14);
      else context.reject(['password']);
    };
    await expect(logIn(refusing('none'), { password: 'hunter2' })).rejects.toMatchObject({ code: 'EXEC_CONNECT' });
    server.close();
    await expect(logIn(refusing('password'), { password: 'hunter2' })).rejects.toMatchObject({
      code: 'EXEC_AUTH',
      message: expect.stringContaining('It was tried with password'),
    });
  });

  test('goes away while somebody is asked is a lost connection, and the answer comes to nothing', async () => {
    let answered = false;
    const password = async (): Promise<string> => {
      await delay(300);
      answered = true;
      return 'hunter2';
    };
    const login = logIn(
      (context, drop) => {
        context.reject(['password']);
        setTimeout(drop, 50);
      },
      { password },
    );
    await expect(login).rejects.toMatchObject({ code: 'EXEC_CONNECT' });
    await expect.poll(() => answered).toBe(true);
  });
});
