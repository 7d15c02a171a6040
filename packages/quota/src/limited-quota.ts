import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AdmissionRequest, isExecError, type Lease, type Usage } from '@errand/core';
import { invalidOption } from '@errand/core/checks';
import type { Charge } from './charge.ts';
import { checkedSubject } from './checked-subject.ts';
import { type Counted, CountedLimits } from './counted-limits.ts';
import { exceeded, nameOf } from './exceeded.ts';
import type { TenantLimits } from './limits.ts';
import { readLimits, type TenantQuotaOptions } from './quota-options.ts';
import { openStore } from './store/open-store.ts';
import type { QuotaStore } from './store/quota-store.ts';
import { storeFault } from './store/store-fault.ts';
import { StoreWatch } from './store/store-watch.ts';
import { Subject } from './subject.ts';
import { SubjectLease } from './subject-lease.ts';
import type { TenantQuota } from './tenant-quota.ts';

const STORE_TIMEOUT_MS = 5_000;
/** Whose commands say nothing of themselves. */
const NOBODY = '';

/** What `tenantQuota(…)` gives. Options are checked. */
export class LimitedQuota implements TenantQuota {
  readonly #by: (request: AdmissionRequest) => string | undefined;
  readonly #name: string;
  readonly #failOpen: boolean;
  readonly #store: QuotaStore;
  readonly #watch: StoreWatch;
  readonly #counts: CountedLimits;
  readonly #own = new Map<string, TenantLimits>();
  /** Of those that have limits of their own: these with the default's. */
  readonly #limits = new Map<string, TenantLimits>();
  readonly #subjects = new Map<string, Subject>();
  #default: TenantLimits;

  constructor({
    by,
    name,
    store = { kind: 'memory' },
    storeTimeoutMs = STORE_TIMEOUT_MS,
    failOpen = false,
    logger,
    ...limits
  }: TenantQuotaOptions) {
    this.#by = by ?? (({ tenant }) => tenant);
    this.#name = name ?? 'tenant';
    this.#failOpen = failOpen;
    this.#watch = new StoreWatch(logger, failOpen);
    this.#store = openStore(store, storeTimeoutMs, () => this.#watch.answered(this.#store.name));
    this.#counts = new CountedLimits(this.#store, storeTimeoutMs);
    this.#default = { ...limits.default };
    for (const [tenant, own] of Object.entries(limits.tenants ?? {})) this.#set(tenant, own);
  }

  async admit(request: AdmissionRequest): Promise<Lease> {
    const key = checkedSubject(this.#by(request)) ?? NOBODY;
    if (this.#limitsOf(key).maxRunning === 0) throw exceeded(nameOf(this.#name, key), { limit: 'maxRunning', value: 0 });
    const subject = this.#subjectOf(key);
    subject.leases += 1;
    try {
      return this.#lease(key, subject, await this.#charge(key));
    } catch (fault) {
      this.#letGo(key, subject);
      throw fault;
    }
  }

  setLimits(tenant: string, limits: TenantLimits): void {
    if (typeof tenant !== 'string') throw invalidOption('tenant', 'is not text', 'a string');
    this.#set(tenant, readLimits('limits', limits));
    this.#subjects.get(tenant)?.changed();
  }

  setDefault(limits: TenantLimits): void {
    this.#default = readLimits('limits', limits);
    for (const [tenant, own] of this.#own) this.#set(tenant, own);
    for (const subject of [...this.#subjects.values()]) subject.changed();
  }

  async close(): Promise<void> {
    // What ended just now is settled first.
    await nextTurn();
    await this.#store.close().catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #limitsOf(key: string): TenantLimits {
    return this.#limits.get(key) ?? this.#default;
  }

  #set(tenant: string, limits: TenantLimits): void {
    const own: TenantLimits = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
    this.#own.set(tenant, own);
    this.#limits.set(tenant, { ...this.#default, ...own });
  }

  #subjectOf(key: string): Subject {
    const known = this.#subjects.get(key);
    if (known) return known;
    const made = new Subject(() => this.#limitsOf(key).maxRunning ?? Number.POSITIVE_INFINITY);
    this.#subjects.set(key, made);
    return made;
  }

  #letGo(key: string, subject: Subject): void {
    subject.leases -= 1;
    if (subject.leases === 0) this.#subjects.delete(key);
  }

  #counted(subject: string): Counted {
    return { name: this.#name, subject, who: nameOf(this.#name, subject), limits: this.#limitsOf(subject) };
  }

  /** Undefined where the store failed and does not matter. */
  async #charge(key: string): Promise<Charge | undefined> {
    try {
      return await this.#counts.charge(this.#counted(key));
    } catch (fault) {
      if (!this.#failOpen || isExecError(fault)) throw storeFault(this.#store.name, fault);
      this.#watch.failed(this.#store.name, fault);
      return undefined;
    }
  }

  #lease(key: string, subject: Subject, charge: Charge | undefined): Lease {
    const onSettled = (usage: Usage | undefined): void => {
      this.#letGo(key, subject);
      if (usage) this.#counts.spend(this.#counted(key), usage).catch((fault: unknown) => this.#watch.failed(this.#store.name, fault));
      else charge?.giveBack();
    };
    return new SubjectLease({ subject, who: nameOf(this.#name, key), limits: () => this.#limitsOf(key), onSettled });
  }
}
