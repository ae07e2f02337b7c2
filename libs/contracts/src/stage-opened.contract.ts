import { IsIn, IsInt, IsUUID, Matches, Min } from 'class-validator';
import { SHA256_HEX, UTC_INSTANT } from './patterns.js';

/** Topic of the outbox row that is written in the transaction that opens a stage; its key is the stage's id. */
export const STAGE_OPENED = 'stage.opened';

/** A stage has opened: its start list is published and its starts exist. */
export class StageOpened {
  @IsIn([1])
  readonly v = 1;

  @IsUUID()
  readonly stageId!: string;

  @IsUUID()
  readonly startListId!: string;

  /** Version of the start list, from 1. */
  @IsInt()
  @Min(1)
  readonly version!: number;

  @IsInt()
  @Min(1)
  readonly entries!: number;

  @IsInt()
  @Min(1)
  readonly segments!: number;

  /** ISO 8601, UTC: start of the first and of the last entry at the first segment. */
  @Matches(UTC_INSTANT)
  readonly firstStartAt!: string;

  @Matches(UTC_INSTANT)
  readonly lastStartAt!: string;

  /** SHA-256 of the published list, hexadecimal. */
  @Matches(SHA256_HEX)
  readonly checksum!: string;
}
