import { describe, expect, it, vi } from 'vitest';
import { freePort } from '../servers/server-process.ts';
import { COMPLETE, DONE, error, fakeRig, frames, SECRET_KEY, STARTED } from './fake-rig.ts';

describe('a function that was not invoked', () => {
  it('is throttled: EXEC_UNAVAILABLE with the reason and when to try again, and nothing is sent again', async () => {
    const reason = { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' };
    const { executor, fake } = await fakeRig(() => error(429, 'TooManyRequestsException', reason, { 'retry-after': '7' }));
    await expect(executor.exec('a')).rejects.toMatchObject({
      code: 'EXEC_UNAVAILABLE',
      message: expect.stringContaining('ReservedFunctionConcurrentInvocationLimitExceeded'),
      detail: { what: 'function', name: 'fake', retryAfterMs: 7_000 },
    });
    expect(fake.invocations).toHaveLength(1);
  });

  it.each([
    [404, 'ResourceNotFoundException', 'EXEC_NOT_FOUND', 'no such function'],
    [403, 'AccessDeniedException', 'EXEC_PERMISSION', 'lambda:InvokeFunction'],
    [502, 'KMSAccessDeniedException', 'EXEC_PERMISSION', 'kms:Decrypt'],
    [502, 'KMSDisabledException', 'EXEC_UNAVAILABLE', 'KMS key'],
    [502, 'EC2AccessDeniedException', 'EXEC_PERMISSION', 'network interfaces'],
    [502, 'ENILimitReachedException', 'EXEC_UNAVAILABLE', 'VPC'],
    [502, 'SubnetIPAddressLimitReachedException', 'EXEC_UNAVAILABLE', 'VPC'],
    [410, 'EFSIOException', 'EXEC_UNAVAILABLE', 'file system'],
    [502, 'InvalidZipFileException', 'EXEC_UNAVAILABLE', 'code or image'],
    [502, 'InvalidRuntimeException', 'EXEC_UNAVAILABLE', 'code or image'],
    [409, 'ResourceConflictException', 'EXEC_UNAVAILABLE', 'created or changed'],
    [502, 'ResourceNotReadyException', 'EXEC_UNAVAILABLE', 'created or changed'],
    [400, 'SnapStartException', 'EXEC_UNAVAILABLE', 'SnapStart'],
    [400, 'RecursiveInvocationException', 'EXEC_UNAVAILABLE', 'loop'],
    [413, 'RequestTooLargeException', 'EXEC_INVALID_OPTION', 'too long'],
    [400, 'InvalidParameterValueException', 'EXEC_INVALID_OPTION', 'does not take'],
    [403, 'UnrecognizedClientException', 'EXEC_AUTH', 'credentials'],
    [403, 'ExpiredTokenException', 'EXEC_AUTH', 'credentials'],
    [404, 'UnheardException', 'EXEC_NOT_FOUND', 'no such function'],
    [403, 'UnheardException', 'EXEC_PERMISSION', 'lambda:InvokeFunction'],
    [418, 'NewInTwoYearsException', 'EXEC_UNAVAILABLE', 'refused'],
  ])('says why: %i %s', async (status, name, code, says) => {
    const { executor, fake } = await fakeRig(() => error(status, name));
    const fault = await executor.exec('a').catch((fault: unknown) => fault);
    expect(fault).toMatchObject({ code, message: expect.stringContaining(says), detail: { what: 'function', name: 'fake' } });
    expect(String(fault)).toContain('as AWS says');
    expect(String(fault)).not.toContain(SECRET_KEY);
    expect(fake.invocations).toHaveLength(1);
  });

  it('is out of reach: EXEC_CONNECT', async () => {
    const { executor } = await fakeRig(() => ({}), { endpoint: `http://127.0.0.1:${await freePort()}` });
    await expect(executor.exec('a')).rejects.toMatchObject({ code: 'EXEC_CONNECT' });
    expect(await executor.health()).toMatchObject({ ok: false, reason: expect.stringContaining('no connection') });
  });

  it('has no credentials: EXEC_AUTH, and they are told by nobody', async () => {
    const credentials = () => Promise.reject(Object.assign(new Error('nothing there'), { name: 'CredentialsProviderError' }));
    const { executor, fake } = await fakeRig(() => ({}), { credentials });
    await expect(executor.exec('a')).rejects.toMatchObject({ code: 'EXEC_AUTH' });
    expect(fake.invocations).toEqual([]);
  });

  it('cannot be initialised: EXEC_UNAVAILABLE', async () => {
    const complete = { ErrorCode: 'Runtime.ImportModuleError', ErrorDetails: "Cannot find module 'errand-handler'" };
    const { executor } = await fakeRig(() => ({ steps: [{ complete }] }));
    await expect(executor.exec('a')).rejects.toMatchObject({ code: 'EXEC_UNAVAILABLE', message: expect.stringContaining('initialised') });
  });

  it('says itself what it did not start', async () => {
    const refused = { code: 'EXEC_NOT_FOUND', message: 'There is no such program.', detail: { what: 'program', name: 'a' } };
    const { executor } = await fakeRig(() => ({ steps: [...frames({ type: 'ended', ending: { refused } }), COMPLETE] }));
    await expect(executor.exec(['a'])).rejects.toMatchObject(refused);
  });
});

describe('more commands than maxConnections', () => {
  it('wait for one to end, and are not sent where they are given up before', async () => {
    const { executor, fake } = await fakeRig(
      ({ payload }) => ({
        steps: payload.includes('"stalls"') ? [...frames(STARTED), { stall: true }] : [...frames(STARTED, DONE), COMPLETE],
      }),
      { maxConnections: 1 },
    );
    const ending = new AbortController();
    const first = executor.exec('stalls', { signal: ending.signal });
    await vi.waitFor(() => expect(fake.invocations).toHaveLength(1), { timeout: 10_000 });
    // Had it been sent, nobody could say that it did not start.
    await expect(executor.exec('second', { startTimeoutMs: 1_000 })).rejects.toMatchObject({ code: 'EXEC_START_TIMEOUT' });
    const third = executor.exec('third');
    ending.abort();
    expect(await first).toMatchObject({ outcome: 'unknown' });
    expect(await third).toMatchObject({ outcome: 'exited' });
    expect(fake.invocations.map(({ payload }) => JSON.parse(payload).command)).toEqual(['stalls', 'third']);
  });
});
