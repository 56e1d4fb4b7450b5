import type { State } from '../model/service.ts';
import { el } from './dom.ts';

/** What a state is to the eye: a dot's colour beside its word. */
export function stateMark(state: State): HTMLElement {
  return el('span', { class: `state ${state}` }, state);
}
