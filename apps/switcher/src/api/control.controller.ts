import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import type { AuditEntry } from '@atlas/control-store';
import type { FastifyReply } from 'fastify';
import type { Answer, Control } from '../engine/control.ts';
import {
  LevelBody,
  type AutonomyView,
  type LayoutInfo,
  type Proposal,
  type Status,
  type SwitchView,
  type WarmAnswer,
} from '@atlas/control-api';
import type { Level } from '../machine/index.ts';
import { openApi } from './openapi.ts';
import { AuditQuery, HistoryQuery, ReasonBody, SwitchBody, WarmBody } from './schemas.ts';
import { CONTROL } from './tokens.ts';
import { validated, validatedKey, validatedQuery } from './validate.ts';

const HISTORY_LIMIT = 20;
const AUDIT_LIMIT = 100;

/** No body and `{}` are equal. */
const bodyOf = (body: unknown): unknown => (body === undefined ? {} : body);

/** 202 for what is under way or waits, 200 for what changes nothing. */
function answered(answer: Answer, reply: FastifyReply): unknown {
  reply.status(answer.kind === 'accepted' || answer.kind === 'waiting' ? 202 : 200);
  if (answer.kind === 'waiting') return { waiting: answer.waiting };
  return answer.kind === 'dry-run' ? answer.plan : answer.switch;
}

@Controller('v1')
export class ControlController {
  readonly #control: Control;

  constructor(@Inject(CONTROL) control: Control) {
    this.#control = control;
  }

  @Get('status')
  status(): Status {
    return this.#control.status();
  }

  @Get('layout')
  async layout(): Promise<LayoutInfo> {
    return this.#control.layout();
  }

  @Post('switches')
  async propose(
    @Body() body: unknown,
    @Headers('idempotency-key') key: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const request = validated(SwitchBody, bodyOf(body));
    return answered(await this.#control.propose(request, validatedKey(key)), reply);
  }

  @Get('switches')
  async history(@Query() query: unknown): Promise<{ items: readonly SwitchView[] }> {
    const { limit } = validatedQuery(HistoryQuery, query);
    return { items: await this.#control.list(limit ?? HISTORY_LIMIT) };
  }

  @Get('switches/:id')
  async one(@Param('id') id: string): Promise<SwitchView> {
    return this.#control.get(id);
  }

  @Post('switches/:id/abort')
  @HttpCode(200)
  async abort(@Param('id') id: string, @Body() body: unknown): Promise<SwitchView> {
    const { reason } = validated(ReasonBody, bodyOf(body));
    return this.#control.abort(id, reason ?? 'aborted by the operator');
  }

  @Post('rollback')
  async rollback(
    @Body() body: unknown,
    @Headers('idempotency-key') key: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const request = validated(ReasonBody, bodyOf(body));
    return answered(await this.#control.rollback(request, validatedKey(key)), reply);
  }

  @Post('warm')
  @HttpCode(200)
  async warm(@Body() body: unknown): Promise<WarmAnswer> {
    return this.#control.warm(validated(WarmBody, bodyOf(body)));
  }

  @Post('autonomy')
  @HttpCode(200)
  async level(@Body() body: unknown): Promise<AutonomyView> {
    return this.#control.setLevel(validated(LevelBody, bodyOf(body)).level as Level);
  }

  @Post('freeze')
  @HttpCode(200)
  async freeze(@Body() body: unknown): Promise<AutonomyView> {
    return this.#control.freeze(validated(ReasonBody, bodyOf(body)).reason ?? 'no reason was given');
  }

  @Post('unfreeze')
  @HttpCode(200)
  async unfreeze(): Promise<AutonomyView> {
    return this.#control.unfreeze();
  }

  @Get('proposals')
  proposals(): { items: readonly Proposal[] } {
    return { items: this.#control.proposals() };
  }

  @Post('proposals/:id/approve')
  async approve(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    return answered(await this.#control.approve(id), reply);
  }

  @Post('proposals/:id/reject')
  @HttpCode(200)
  async reject(@Param('id') id: string): Promise<Proposal> {
    return this.#control.reject(id);
  }

  @Get('audit')
  async audit(@Query() query: unknown): Promise<{ items: readonly AuditEntry[] }> {
    const { after, limit } = validatedQuery(AuditQuery, query);
    return { items: await this.#control.audit(after ?? 0, limit ?? AUDIT_LIMIT) };
  }

  @Get('openapi.json')
  openapi(): unknown {
    return openApi();
  }
}
