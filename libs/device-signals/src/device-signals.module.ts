import { Module } from '@nestjs/common';
import { NoteSignals } from './note-signals.js';
import { SignalRounds } from './signal-rounds.js';

/** When each tracker was last heard, for the race office; for the worker. */
@Module({ providers: [NoteSignals, SignalRounds] })
export class DeviceSignalsModule {}
