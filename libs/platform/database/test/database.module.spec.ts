import 'reflect-metadata';
import { Inject, Injectable, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { InjectRepository } from '@nestjs/typeorm';
import { Column, Entity, PrimaryColumn, type Repository } from 'typeorm';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { DatabaseModule, databaseToken, type Database } from '../src/index.ts';
import { scratchModule, type ScratchModule } from '../src/testing.ts';
import { Notes } from './notes.ts';

@Entity({ name: 'notes' })
class Note {
  @PrimaryColumn({ type: 'text' }) id!: string;
  @Column({ type: 'text' }) body!: string;
}

@Injectable()
class NoteService {
  readonly database: Database;
  readonly notes: Repository<Note>;
  constructor(
    @Inject(databaseToken('notes')) database: Database,
    @InjectRepository(Note, 'notes') notes: Repository<Note>,
  ) {
    this.database = database;
    this.notes = notes;
  }
}

@Module({ imports: [DatabaseModule.forModule('notes', [Note])], providers: [NoteService] })
class NotesModule {}

let scratch: ScratchModule;
let app: INestApplicationContext;

beforeAll(async () => {
  scratch = await scratchModule(inject('postgresUrl'), {
    module: 'notes',
    entities: [],
    migrations: [Notes],
  });
  const host = DatabaseModule.forHost(() => ({
    url: scratch.roleUrl,
    applicationName: 'a-0:n',
    poolSize: 1,
  }));
  app = await NestFactory.createApplicationContext(
    { module: class Host {}, imports: [host, NotesModule] },
    { logger: false },
  );
});
afterAll(async () => {
  await app.close();
  await scratch.drop();
});

test('repositories and prepared statements share one pool', async () => {
  const { notes, database } = app.get(NoteService);
  await notes.insert({ id: 'n', body: 'hello' });
  const bound = { deadlineAt: Date.now() + 5_000 };
  const rows = await database.query(bound, { name: 'all', text: 'SELECT id, body FROM notes' }, []);
  expect(rows).toEqual([{ id: 'n', body: 'hello' }]);
  expect(await notes.count()).toBe(1);
  expect(database.stats().total).toBe(1);
});
