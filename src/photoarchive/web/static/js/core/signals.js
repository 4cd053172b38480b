/** Reactive state. One place to import it from, so that the library behind it can change. */
export { signal, computed, effect, batch, untracked, Signal } from '@preact/signals-core';
