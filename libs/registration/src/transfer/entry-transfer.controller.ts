import {
  Controller,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
  StreamableFile,
  UseGuards,
} from '@nestjs/common';
import {
  ApiBearerAuth,
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
  CSV,
  CurrentCaller,
  FileBody,
  IdempotencyKey,
  ProblemDocument,
  TakesFile,
  type Upload,
  UuidPipe,
  XLSX,
} from '@trm/platform';
import { LARGEST_FILE_BYTES } from './entry-sheet.js';
import { EntryImportQuery, ImportAnswerResponse, ImportStateResponse } from './entry-transfer.dto.js';
import { entriesCsv, entriesXlsx, type ExportedEntries, ExportEntries } from './export-entries.js';
import { type ImportAnswer, ImportEntries } from './import-entries.js';
import type { ImportState } from './import-progress.js';

interface Reply {
  header(name: string, value: string): unknown;
}

const FILE = { schema: { type: 'string', format: 'binary' } } as const;

/** Entries of an event as files: in, all or nothing; and out, for next year's event. */
@ApiTags('Registration')
@ApiBearerAuth()
@ApiParam({ name: 'eventId', format: 'uuid' })
@ApiResponse({ status: 401, type: ProblemDocument, description: 'Not signed in, or the sign-in has expired' })
@ApiResponse({
  status: 403,
  type: ProblemDocument,
  description: 'The role in the organisation does not allow it',
})
@ApiResponse({
  status: 404,
  type: ProblemDocument,
  description: "No such event or import in the caller's organisations",
})
@ApiResponse({ status: 503, type: ProblemDocument, description: 'The database or Directus does not answer' })
@UseGuards(CallerGuard)
@Controller('v1/events/:eventId')
export class EntryTransferController {
  constructor(
    private readonly importEntries: ImportEntries,
    private readonly exportEntries: ExportEntries,
  ) {}

  @Post('entry-imports')
  @HttpCode(200)
  @TakesFile(CSV, XLSX)
  @ApiOperation({ summary: 'Import entries from a file, all rows or none; or preview that' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'A repeat with the same key gets the first answer',
  })
  @ApiOkResponse({ type: ImportAnswerResponse })
  @ApiResponse({ status: 400, type: ProblemDocument, description: 'The file cannot be read' })
  @ApiResponse({
    status: 409,
    type: ProblemDocument,
    description: 'An import with this id is done or under way',
  })
  @ApiResponse({ status: 413, type: ProblemDocument, description: 'The file is larger than 5 MiB' })
  @ApiResponse({
    status: 422,
    type: ProblemDocument,
    description:
      'A column is missing, or rows are refused; then `report` says which and why. Nothing was written',
  })
  async import(
    @Param('eventId', UuidPipe) eventId: string,
    @Query() { mode, importId, fileName }: EntryImportQuery,
    @CurrentCaller() caller: Caller,
    @FileBody() upload: Upload,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<ImportAnswer> {
    reply.header('cache-control', 'no-store');
    return this.importEntries.execute({
      eventId,
      caller,
      file: () => upload.read(LARGEST_FILE_BYTES),
      mode,
      importId: importId ?? null,
      fileName: fileName ?? null,
      idempotencyKey,
    });
  }

  @Get('entry-imports/:importId')
  @ApiOperation({ summary: 'How far an import has come; its report when it is done' })
  @ApiParam({ name: 'importId', format: 'uuid' })
  @ApiOkResponse({ type: ImportStateResponse })
  async importState(
    @Param('eventId', UuidPipe) eventId: string,
    @Param('importId', UuidPipe) importId: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<ImportState> {
    reply.header('cache-control', 'no-store');
    return this.importEntries.state(caller, eventId, importId);
  }

  @Get('entries.csv')
  @ApiOperation({
    summary: 'The live entries of the event for spreadsheets, with the columns that an import reads',
  })
  @ApiProduces(CSV)
  @ApiOkResponse(FILE)
  async csv(
    @Param('eventId', UuidPipe) eventId: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    const exported = await this.exportEntries.execute(caller, eventId);
    describe(reply, exported, `${CSV}; charset=utf-8`, 'csv');
    return entriesCsv(exported.entries);
  }

  @Get('entries.xlsx')
  @ApiOperation({
    summary: 'The live entries of the event as a spreadsheet, with the columns that an import reads',
  })
  @ApiProduces(XLSX)
  @ApiOkResponse(FILE)
  async xlsx(
    @Param('eventId', UuidPipe) eventId: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<StreamableFile> {
    const exported = await this.exportEntries.execute(caller, eventId);
    describe(reply, exported, XLSX, 'xlsx');
    return new StreamableFile(await entriesXlsx(exported.entries), { type: XLSX });
  }
}

/** Personal data: nobody keeps a copy on the way. */
function describe(reply: Reply, { eventName }: ExportedEntries, mediaType: string, ending: string): void {
  reply.header('cache-control', 'no-store');
  reply.header('content-type', mediaType);
  reply.header('content-disposition', `attachment; filename="${plainName(eventName)}-entries.${ending}"`);
}

/** File names travel through mail and old programs. */
function plainName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60);
  return plain === '' ? 'event' : plain;
}
