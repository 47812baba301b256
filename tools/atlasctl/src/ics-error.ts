/** Why an iCalendar file is refused, in one line. */
export class IcsError extends Error {}
