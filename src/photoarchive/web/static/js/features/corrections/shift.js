/** How far a time is moved. Without DOM. */

/** @param {{days: number, hours: number, minutes: number, seconds: number}} span */
export const secondsOf = ({ days, hours, minutes, seconds }) => ((days * 24 + hours) * 60 + minutes) * 60 + seconds;

const SPOT = /^\s*([+-−]?\d{1,2}(?:\.\d+)?)\s*[,;\s]\s*([+-−]?\d{1,3}(?:\.\d+)?)\s*$/;

/** "67.9325, 13.0895" as degrees, null for anything else. @param {string} text @returns {{latitude: number, longitude: number} | null} */
export function spotOf(text) {
  const found = SPOT.exec(text);
  if (!found) return null;
  const [latitude, longitude] = found.slice(1).map((part) => Number(part.replace('−', '-')));
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}
