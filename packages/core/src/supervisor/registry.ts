import { type Registration, type ReleaseOptions, suffix } from './registration.ts';

/** So many daemons are remembered for a supervisor that has to be started again. */
const MAX_LEFT = 256;

/** Beyond its grace, a supervisor whose input ended has ended everything. */
const LOST_MS = 5_000;

interface Entry extends Registration {
  readonly since: number;
  told: boolean;
  ending: boolean;
  expired: boolean;
  /** When the connection to the supervisor that knew it was lost. */
  lostAt: number;
  /** Of a guest: how many follow it. */
  handles: number;
  /** Whether it went when the target was started anew: its pid is somebody else's, whose start time says nothing. */
  isPast: boolean;
}

/** What a supervisor is to know, and what of it it was not told yet, as lines of its protocol. */
export class Registry {
  readonly #entries = new Map<string, Entry>();
  #left: string[] = [];
  #news = '';
  #boot: string | undefined;

  get size(): number {
    return this.#entries.size;
  }

  /** @param told Whether the supervisor knows it already. */
  add(registration: Registration, told: boolean): void {
    const known = this.#entries.get(registration.key);
    if (known && registration.guest) {
      known.handles += 1;
      return;
    }
    this.#entries.set(registration.key, {
      ...registration,
      since: performance.now(),
      told,
      ending: false,
      expired: false,
      lostAt: Number.NEGATIVE_INFINITY,
      handles: 1,
      isPast: false,
    });
  }

  /** One that was not told of is dropped without a word, unless it left something. */
  release(key: string, { left = false }: ReleaseOptions): void {
    const entry = this.#entries.get(key);
    if (entry && entry.handles > 1) {
      entry.handles -= 1;
      return;
    }
    const told = entry?.told ?? false;
    this.#entries.delete(key);
    const line = `U ${suffix(key)} ${left ? 1 : 0}\n`;
    if (left) this.#left = [...this.#left.slice(1 - MAX_LEFT), line];
    if (told || left) this.#news += line;
  }

  ending(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    entry.ending = true;
    if (entry.told) this.#news += endingLine(entry);
  }

  /** The supervisor ended all of them. */
  expire(): void {
    for (const entry of this.#entries.values()) entry.expired = true;
  }

  isExpired(key: string): boolean {
    return this.#entries.get(key)?.expired ?? false;
  }

  /** The connection to the supervisor was lost, which then ends all of them. */
  lose(): void {
    for (const entry of this.#entries.values()) entry.lostAt = performance.now();
  }

  /** Whether a supervisor that was lost may be what ended it. */
  isLost(key: string): boolean {
    const { lostAt = Number.NEGATIVE_INFINITY, killGraceMs = 0 } = this.#entries.get(key) ?? {};
    return performance.now() - lostAt < killGraceMs + LOST_MS;
  }

  clear(): void {
    this.#entries.clear();
  }

  /**
   * Another supervisor knows nothing yet.
   *
   * @param boot Of its target; another one every time that it is started.
   */
  startOver(boot: string): void {
    const isAnother = this.#boot !== undefined && this.#boot !== boot;
    this.#boot = boot;
    if (isAnother) this.#left = [];
    this.#news = this.#left.join('');
    for (const entry of this.#entries.values()) {
      entry.told = false;
      entry.isPast ||= isAnother;
    }
  }

  /** Whether commands have not been told of. */
  get hasUntold(): boolean {
    for (const entry of this.#entries.values()) if (!entry.told && !entry.isPast) return true;
    return false;
  }

  /** What to tell the supervisor; counts as told. Commands younger than `minAgeMs` wait, unless they are being ended. */
  takeNews(minAgeMs = 0): string {
    let lines = this.#news;
    this.#news = '';
    const before = performance.now() - minAgeMs;
    for (const entry of this.#entries.values()) {
      if (entry.told || entry.isPast || (entry.since > before && !entry.ending)) continue;
      entry.told = true;
      lines += registrationLine(entry) + (entry.ending ? endingLine(entry) : '');
    }
    return lines;
  }
}

function registrationLine({ key, pid, startTime = '0', deadlineMs, killGraceMs, checkpoint = '', guest, since }: Entry): string {
  const left = guest ? 'g' : deadlineMs === undefined ? '-' : Math.max(0, Math.ceil(deadlineMs - (performance.now() - since)));
  return `R ${suffix(key)} ${pid} ${startTime} ${left} ${killGraceMs}${checkpoint && ` ${checkpoint}`}\n`;
}

function endingLine({ key }: Entry): string {
  return `E ${suffix(key)}\n`;
}
