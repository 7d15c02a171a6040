import { gateFault } from '../gate-fault.ts';
import type { Gate } from '../quota.ts';

/** Hears of gates that open while somebody waits who has them; of none that nobody waits for. */
export class GateWatch {
  readonly #onOpen: (gate: Gate) => void;
  readonly #watched = new Map<Gate, { waiting: number; readonly stop: () => void }>();

  constructor(onOpen: (gate: Gate) => void) {
    this.#onOpen = onOpen;
  }

  /** @throws ExecError `EXEC_UNAVAILABLE`; then none of them was added */
  add(gates: readonly Gate[]): void {
    for (const [i, gate] of gates.entries()) {
      const watched = this.#watched.get(gate);
      if (watched) watched.waiting += 1;
      else this.#watch(gate, () => this.remove(gates.slice(0, i)));
    }
  }

  remove(gates: readonly Gate[]): void {
    for (const gate of gates) {
      const watched = this.#watched.get(gate);
      if (!watched || --watched.waiting > 0) continue;
      this.#watched.delete(gate);
      try {
        watched.stop();
      } catch {
        // It is not listened to any more.
      }
    }
  }

  #watch(gate: Gate, undo: () => void): void {
    try {
      this.#watched.set(gate, { waiting: 1, stop: gate.onOpen(() => this.#onOpen(gate)) });
    } catch (fault) {
      undo();
      throw gateFault('quota', fault);
    }
  }
}
