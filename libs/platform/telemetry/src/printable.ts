/** All control characters but tab and newline, those of 8 bits too: a terminal obeys them. */
const CONTROL = /[^\P{Cc}\t\n]/gu;
const escaped = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * A text that a terminal shows and does not obey, whoever wrote it: an address that a client asked for, the title of a
 * sale. Control characters are written as JSON writes them, so what is JSON says the same as before.
 */
export const printable = (text: string): string => text.replaceAll(CONTROL, escaped);
