import { type Driver, NotStarted } from '../driver.ts';
import { isExecError } from '../errors.ts';

/** Drivers of one target, one an account, each made when it is first needed. */
export class Accounts<D extends Pick<Driver, 'close' | 'waitsFor'>> {
  readonly #make: (account: string) => D;
  readonly #drivers = new Map<string, D>();

  constructor(make: (account: string) => D) {
    this.#make = make;
  }

  /** See `Driver.waitsFor`. */
  get waitsFor(): string | undefined {
    for (const { waitsFor } of this.#drivers.values()) if (waitsFor !== undefined) return waitsFor;
    return undefined;
  }

  /** Starts something with an account's driver. Of an account that is not there nothing is kept. */
  async start<T>(account: string, start: (driver: D) => Promise<T>): Promise<T> {
    const driver = this.#drivers.get(account) ?? this.#made(account);
    try {
      return await start(driver);
    } catch (fault) {
      if (fault instanceof NotStarted && fault.error.detail.what === 'user') this.#drivers.delete(account);
      throw fault;
    }
  }

  #made(account: string): D {
    try {
      const driver = this.#make(account);
      this.#drivers.set(account, driver);
      return driver;
    } catch (fault) {
      throw isExecError(fault) ? new NotStarted(fault) : fault;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#drivers.values()].map((driver) => driver.close()));
  }
}
