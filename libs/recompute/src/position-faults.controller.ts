import { Body, Controller, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
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
import { type MarkAnswer, type MarkOrder, MarkPositions, type MarkPreview } from './mark-positions.js';
import {
  PositionFaultPreviewResponse,
  PositionFaultRequest,
  PositionFaultResponse,
  PositionRangeRequest,
  RestorationRequest,
} from './recompute.dto.js';

/** Positions that staff take out of the computation, and back in. */
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
  description: "No such entry, tracker or mark in the caller's organisations",
})
@ApiResponse({ status: 422, type: ProblemDocument, description: 'A rule forbids it; the answer says which' })
@ApiResponse({ status: 503, type: ProblemDocument, description: 'The database or Directus does not answer' })
@UseGuards(CallerGuard)
@Controller('v1/position-faults')
export class PositionFaultsController {
  constructor(private readonly positions: MarkPositions) {}

  @Post('previews')
  @HttpCode(200)
  @ApiOperation({ summary: 'How many positions a mark would touch, and which results; nothing is changed' })
  @ApiOkResponse({ type: PositionFaultPreviewResponse })
  async previews(@Body() body: PositionRangeRequest, @CurrentCaller() caller: Caller): Promise<MarkPreview> {
    return this.positions.preview(caller, orderOf(body));
  }

  @Post()
  @ApiOperation({
    summary: 'Mark positions of an entry or a tracker as faulty; their results are computed again',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'A repeat with the same key gets the first answer',
  })
  @ApiCreatedResponse({ type: PositionFaultResponse })
  async mark(
    @Body() body: PositionFaultRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<MarkAnswer> {
    return this.positions.mark(caller, { ...orderOf(body), reason: body.reason }, key);
  }

  @Post(':positionFaultId/restorations')
  @HttpCode(200)
  @ApiParam({ name: 'positionFaultId', format: 'uuid' })
  @ApiOperation({
    summary: 'Take a mark back: the positions count again, and their results are computed again',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'A repeat with the same key gets the first answer',
  })
  @ApiOkResponse({ type: PositionFaultResponse })
  @ApiResponse({ status: 409, type: ProblemDocument, description: 'Restored already' })
  async restore(
    @Param('positionFaultId', UuidPipe) positionFaultId: string,
    @Body() body: RestorationRequest,
    @CurrentCaller() caller: Caller,
    @IdempotencyKey() key: string | undefined,
  ): Promise<MarkAnswer> {
    return this.positions.restore(caller, positionFaultId, body.reason, key);
  }
}

function orderOf({ entryId, deviceId, from, to }: PositionRangeRequest): MarkOrder {
  return {
    from: new Date(from),
    to: new Date(to ?? from),
    ...(entryId !== undefined && { entryId }),
    ...(deviceId !== undefined && { deviceId }),
  };
}
