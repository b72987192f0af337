/** What a result sounds like: told apart by number, pitch and length, for a clerk whose eyes are on the goods. */
export type Tune = 'granted' | 'refused' | 'unresolved' | 'voided';

interface Note {
  readonly hertz: number;
  readonly startMs: number;
  readonly lengthMs: number;
}

const TUNES: Readonly<Record<Tune, { readonly wave: OscillatorType; readonly notes: readonly Note[] }>> = {
  granted: {
    wave: 'sine',
    notes: [
      { hertz: 880, startMs: 0, lengthMs: 110 },
      { hertz: 1318, startMs: 120, lengthMs: 200 },
    ],
  },
  voided: {
    wave: 'sine',
    notes: [
      { hertz: 880, startMs: 0, lengthMs: 160 },
      { hertz: 587, startMs: 180, lengthMs: 320 },
    ],
  },
  refused: { wave: 'square', notes: [{ hertz: 196, startMs: 0, lengthMs: 600 }] },
  unresolved: {
    wave: 'triangle',
    notes: [0, 220, 440].map((startMs) => ({ hertz: 494, startMs, lengthMs: 130 })),
  },
};

const LOUDNESS = 0.25;
const RAMP_S = 0.012;

/** Longest wait for the loudspeaker to be ready, ms; a tune that comes later than this would belong to another screen. */
const READY_WAIT_MS = 400;

/** Makes a player of tunes. Browsers keep it silent until the first touch, unless started with autoplay allowed. */
export function createPlayer(): { play(tune: Tune): void } {
  let context: AudioContext | undefined;
  const open = (): AudioContext => {
    context ??= new AudioContext();
    return context;
  };
  const wake = async (audio: AudioContext): Promise<boolean> => {
    const waited = new Promise((done) => setTimeout(done, READY_WAIT_MS));
    if (audio.state !== 'running') await Promise.race([audio.resume().catch(() => {}), waited]);
    return audio.state === 'running';
  };
  addEventListener('pointerdown', () => void wake(open()), { once: true });
  return {
    play(tune) {
      const audio = open();
      void wake(audio).then((awake) => {
        if (awake) sound(audio, tune);
      });
    },
  };
}

function sound(audio: AudioContext, tune: Tune): void {
  const { wave, notes } = TUNES[tune];
  for (const { hertz, startMs, lengthMs } of notes) {
    const from = audio.currentTime + startMs / 1000;
    const to = from + lengthMs / 1000;
    const gain = new GainNode(audio, { gain: 0 });
    // A ramp at each end, or the loudspeaker clicks.
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(LOUDNESS, from + RAMP_S);
    gain.gain.setValueAtTime(LOUDNESS, to - RAMP_S);
    gain.gain.linearRampToValueAtTime(0, to);
    const oscillator = new OscillatorNode(audio, { type: wave, frequency: hertz });
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start(from);
    oscillator.stop(to);
  }
}
