export { consult, type Advice, type Advisor, type Answer, type Heard, type Question } from './advisor.ts';
export { forecastAdvisor, optimiserAdvisor, type Known } from './advisors.ts';
export { firstTrust, judge, TABLE, updateTrust, type Judgement, type Lived, type Trust } from './trust.ts';
export { mayOutweigh, weigh, type Choice, type Vote } from './weigh.ts';
