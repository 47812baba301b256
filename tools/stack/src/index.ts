export { ReportSchema, type Report } from './report-schema.ts';
