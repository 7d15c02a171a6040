import type { ByteChannel, Driver, DriverProcess, DriverSupports, DriverTerminal, ProcessRequest, TerminalRequest } from '../driver.ts';
import { ExecError } from '../errors.ts';
import type { Files } from '../files.ts';
import { isPlainEnvironment } from '../shell/servable.ts';
import type { WarmTarget } from '../shell/warm-target.ts';
import type { LoginEnvironment } from './login-environment.ts';
import { notBased } from './not-based.ts';

/** A driver whose commands have the environment of the account's login shell beneath their own. */
export class LoginDriver implements Driver {
  readonly supports: DriverSupports;
  readonly files?: Files;
  readonly warm?: WarmTarget;
  readonly #driver: Driver;
  readonly #login: LoginEnvironment;

  constructor(driver: Driver, login: LoginEnvironment) {
    const { bareEnvironment: _bare, ...supports } = driver.supports;
    this.supports = supports;
    if (driver.files) this.files = driver.files;
    if (driver.warm) {
      // A running shell does not hand on all variables as a new one does.
      const complete: WarmTarget['complete'] = (request) =>
        isPlainEnvironment(login.known ?? {}) ? driver.warm?.complete(request) : undefined;
      this.warm = { ...driver.warm, complete, base: (signal) => login.variables(signal) };
    }
    this.#driver = driver;
    this.#login = login;
  }

  get waitsFor(): string | undefined {
    return this.#login.isSilent ? 'the login shell did not tell its environment yet (loginEnvironment)' : this.#driver.waitsFor;
  }

  async start(request: ProcessRequest, signal: AbortSignal): Promise<DriverProcess> {
    return this.#driver.start(await this.#based(request, signal), signal);
  }

  openShell(signal: AbortSignal): Promise<ByteChannel> {
    return this.#driver.openShell?.(signal) ?? Promise.reject(new TypeError('The driver has no openShell.'));
  }

  async openTerminal(request: TerminalRequest, signal: AbortSignal): Promise<DriverTerminal> {
    if (!this.#driver.openTerminal) throw new ExecError('EXEC_NOT_SUPPORTED', 'This target has no terminals.');
    // A login shell makes its environment itself, and shows what keeps it from that.
    const based = request.command === undefined ? request : await this.#based(request, signal);
    return this.#driver.openTerminal(based, signal);
  }

  ping(signal: AbortSignal): Promise<void> {
    return this.#driver.ping(signal);
  }

  async close(): Promise<void> {
    await this.#login.close();
    await this.#driver.close();
  }

  /** Whatever fails here, nothing was sent. */
  async #based<Request extends Pick<ProcessRequest, 'env'>>(request: Request, signal: AbortSignal): Promise<Request> {
    try {
      return { ...request, env: { ...(await this.#login.variables(signal)), ...request.env } };
    } catch (fault) {
      throw notBased(fault);
    }
  }
}
