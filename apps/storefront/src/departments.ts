/** The shop's departments: `word` finds them. */
export const DEPARTMENTS = [
  { name: 'Kitchen', word: 'kitchen', line: 'For cooks who wash up themselves.' },
  { name: 'Home', word: 'home', line: 'Quiet company for the rooms you live in.' },
  { name: 'Bath', word: 'bath', line: 'Soap, towels and a slower morning.' },
  { name: 'Desk', word: 'desk', line: 'Paper, pens and a good lamp.' },
  { name: 'Books', word: 'books', line: 'To read, to give, and to lend with regret.' },
  { name: 'Audio', word: 'audio', line: 'For people who listen to the end of the side.' },
  { name: 'Games', word: 'games', line: 'For rainy Sundays, and for the other days too.' },
  { name: 'Sport', word: 'sport', line: 'Small tools for a regular habit.' },
  { name: 'Outdoor', word: 'outdoor', line: 'Light to carry, hard to break.' },
  { name: 'Garden', word: 'garden', line: 'From the first seed to the last leaf.' },
  { name: 'Clothing', word: 'clothing', line: 'Plain clothes that get better with washing.' },
  { name: 'Travel', word: 'travel', line: 'Everything that is with you when you are not at home.' },
] as const;
