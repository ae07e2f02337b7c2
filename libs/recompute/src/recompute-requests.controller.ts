import {
  Body,
  Controller,
  Get,
  HttpCode,
  type MessageEvent,
  Param,
  Post,
  Query,
  Sse,
  UseGuards,
} from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import {
  type Caller,
  CallerGuard,
  CurrentCaller,
  IdempotencyKey,
  ProblemDocument,
  UuidPipe,
} from '@trm/platform';
import type { Observable } from 'rxjs';
import type { RecomputeRequestRow } from './pg-request-store.js';
import { RecomputeProgress } from './recompute-progress.js';
import { RecomputeRequests } from './recompute-requests.js';
import {
  RecomputeOrderRequest,
  RecomputeRequestList,
  RecomputeRequestResponse,
  RecomputeRequestsQuery,
} from './recompute.dto.js';

/** What is computed again: by whom, why, how far it is, and what it changed. */
@ApiTags('Recompute')
@ApiBearerAuth()
@ApiResponse({ status: 401, type: ProblemDocument, description: 'Not signed in, or the sign-in has expired' })
@ApiResponse({
  status: 403,
  type: ProblemDocument,
  description: 'The role in the organisation does not allow it',
})
@ApiResponse({
  status: 404,
  type: ProblemDocument,
  description: "No such request or event in the caller's organisations",
})
@ApiResponse({ status: 503, type: ProblemDocument, description: 'The database or Directus does not answer' })
@UseGuards(CallerGuard)
@Controller('v1')
export class RecomputeRequestsController {
  constructor(
    private readonly requests: RecomputeRequests,
    private readonly progress: RecomputeProgress,
  ) {}

  @Post('recompute-requests')
  @ApiOperation({ summary: 'Have results of an event, some stages or some entries computed again' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'A repeat with the same key gets the first answer',
  })
  @ApiCreatedResponse({ type: RecomputeRequestResponse })
  @ApiResponse({
    status: 422,
    type: ProblemDocument,
    description: 'There is nothing to compute, or it is official',
  })
  async ask(
    @Body() body: RecomputeOrderRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<RecomputeRequestRow> {
    return this.requests.ask(caller, body, key);
  }

  @Get('recompute-requests')
  @ApiOperation({ summary: 'The requests of an event, the newest first' })
  @ApiOkResponse({ type: RecomputeRequestList })
  async list(
    @Query() query: RecomputeRequestsQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<{ items: RecomputeRequestRow[] }> {
    return { items: await this.requests.list(caller, query) };
  }

  @Get('recompute-requests/:requestId')
  @ApiParam({ name: 'requestId', format: 'uuid' })
  @ApiOperation({ summary: 'One request, with what it changed in results' })
  @ApiOkResponse({ type: RecomputeRequestResponse })
  async one(
    @Param('requestId', UuidPipe) requestId: string,
    @CurrentCaller() caller: Caller,
  ): Promise<RecomputeRequestRow> {
    return this.requests.one(caller, requestId);
  }

  @Post('recompute-requests/:requestId/retries')
  @HttpCode(200)
  @ApiParam({ name: 'requestId', format: 'uuid' })
  @ApiOperation({ summary: 'Try again what failed or was cancelled' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'A repeat with the same key gets the first answer',
  })
  @ApiOkResponse({ type: RecomputeRequestResponse })
  @ApiResponse({ status: 409, type: ProblemDocument, description: 'Nothing of it failed' })
  async retry(
    @Param('requestId', UuidPipe) requestId: string,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<RecomputeRequestRow> {
    return this.requests.retry(caller, requestId, key);
  }

  @Post('recompute-requests/:requestId/cancellations')
  @HttpCode(200)
  @ApiParam({ name: 'requestId', format: 'uuid' })
  @ApiOperation({
    summary:
      'Give up what it still waits for; what nobody else waits for is not computed, and its results stay as they are',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'A repeat with the same key gets the first answer',
  })
  @ApiOkResponse({ type: RecomputeRequestResponse })
  @ApiResponse({ status: 409, type: ProblemDocument, description: 'Nothing of it can be cancelled any more' })
  async cancel(
    @Param('requestId', UuidPipe) requestId: string,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<RecomputeRequestRow> {
    return this.requests.cancel(caller, requestId, key);
  }

  @Sse('events/:eventId/recompute-progress')
  @ApiParam({ name: 'eventId', format: 'uuid' })
  @ApiOperation({
    summary: 'Follow the requests of an event as they go on',
    description:
      'Server-sent events. "request": one as GET /v1/recompute-requests/:requestId answers it, whenever it has changed; those that are open, or ended within the last minute, come at once. "problem": code and detail of what is wrong; when Directus or the database is away the stream goes on, and "still-here" says that it is back. It ends behind any other, as when your sign-in ends: open it again with a new one. "still-here" comes every 15 s when there is nothing to tell.',
  })
  @ApiProduces('text/event-stream')
  async follow(
    @Param('eventId', UuidPipe) eventId: string,
    @CurrentCaller() caller: Caller,
  ): Promise<Observable<MessageEvent>> {
    return this.progress.of(caller, eventId);
  }
}
