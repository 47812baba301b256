export { startPostgres, postgresBinaries, type PostgresOptions, type RunningPostgres } from './postgres.ts';
