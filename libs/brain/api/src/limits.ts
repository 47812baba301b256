/** The calendar holds no more sales. Apart from the schemas: who needs the number only loads nothing else. */
export const MOST_SALES = 1_000;
