// Times and dates in their one text form, real days of the Gregorian calendar (ledger/values/instant.py). No clock.

const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const TIME = /^([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})Z$/;
const DAY = 86_400_000;

/** The month's days. @param {number} year @param {number} month from 1 */
function daysOf(year, month) {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}

/**
 * Whether a value is a real date in the one form.
 * @param {unknown} value
 * @returns {boolean}
 */
export function isDate(value) {
  if (typeof value !== "string" || value.length !== 10) return false;
  const found = DATE.exec(value);
  if (found === null) return false;
  const [year, month, day] = found.slice(1).map(Number);
  return year >= 1 && day >= 1 && day <= daysOf(year, month);
}

/**
 * Whether a value is a real UTC time in the one form.
 * @param {unknown} value
 * @returns {boolean}
 */
export function isTime(value) {
  if (typeof value !== "string" || value.length !== 20) return false;
  const found = TIME.exec(value);
  return found !== null && isDate(found[1]) && found[2] < "24" && found[3] < "60" && found[4] < "60";
}

/**
 * The date so many days later; null beyond the year 9999.
 * @param {string} day
 * @param {number} days
 * @returns {string | null}
 */
export function daysAfter(day, days) {
  const later = new Date(`${day}T00:00:00Z`).getTime() + days * DAY;
  const text = new Date(later).toISOString();
  return text.length === 24 ? text.slice(0, 10) : null;
}

/**
 * The time of POSIX seconds in the one text form; seconds beyond the year 9999 are written as a number.
 * @param {bigint} seconds
 * @returns {string}
 */
export function instantOf(seconds) {
  if (seconds > 253_402_300_799n || seconds < -62_135_596_800n) return String(seconds);
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}Z`;
}
