/** How the map says numbers and years. Without DOM. */

/** 1234 → "1.2k", 250000 → "250k", 1200000 → "1.2M". @param {number} number */
export function compactCount(number) {
  if (number < 1000) return String(number);
  const [value, unit] = number < 999_500 ? [number / 1000, 'k'] : [number / 1_000_000, 'M'];
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)}${unit}`;
}

/** @param {number | null} year */
export const yearText = (year) => (year === null ? 'All years' : String(year));
