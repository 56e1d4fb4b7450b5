/** Loaded by itself before the first paint, so that nobody sees the other theme flash by. */
const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEPT_AS = 'callsign-theme';

export function theme(): Theme {
  const kept = localStorage.getItem(KEPT_AS);
  return THEMES.find((each) => each === kept) ?? 'system';
}

export function switchTheme(): void {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length] ?? 'system';
  localStorage.setItem(KEPT_AS, next);
  applyTheme();
}

function applyTheme(): void {
  document.documentElement.dataset.theme = theme();
}

applyTheme();
