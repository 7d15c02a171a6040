import type { Gate } from '../quota.ts';

/** Hears of gates that open while somebody waits who has them; of none that nobody waits for. */
export class GateWatch {
  readonly #onOpen: (gate: Gate) => void;
  readonly #watched = new Map<Gate, { waiting: number; readonly stop: () => void }>();

  constructor(onOpen: (gate: Gate) => void) {
    this.#onOpen = onOpen;
  }

  add(gates: readonly Gate[]): void {
    for (const gate of gates) {
      const watched = this.#watched.get(gate);
      if (watched) watched.waiting += 1;
      else this.#watched.set(gate, { waiting: 1, stop: gate.onOpen(() => this.#onOpen(gate)) });
    }
  }

  remove(gates: readonly Gate[]): void {
    for (const gate of gates) {
      const watched = this.#watched.get(gate);
      if (!watched || --watched.waiting > 0) continue;
      this.#watched.delete(gate);
      watched.stop();
    }
  }
}
