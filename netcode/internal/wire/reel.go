package wire

// Reel is what a host tells of the recorded match that all in its lobby are to see together.
type Reel struct {
	Sum   [32]byte // SHA-256 of its file,
	Bytes uint32   // which is so long
	First int32    // the frame that it begins with,
	End   int32    // and the one that it ends before
}

// ReelAsk asks a member for the file of a reel from a place on; it comes over the feed. From
// its end on: the sender has it whole, and can play it.
type ReelAsk struct {
	Sum  [32]byte
	From uint32
}

// Cue is what is shown of a reel from a moment on (package screening).
type Cue struct {
	Holder   uint8 // the machine at the controls
	Frame    int32
	AtMicros int64 // when, by the host's clock
	Speed    int8  // in quarters of the match's own, back if negative
	Playing  bool
}

// CueAsk is the wish of who has the controls, for the host.
type CueAsk struct {
	Number uint32 // how many the sender has made
	Cue    Cue
}

// CueNow is the host's cue for all, again and again.
type CueNow struct {
	Cue       Cue
	NowMicros int64  // what the host's clock shows
	Asker     uint8  // whose wish the cue is,
	Asked     uint32 // and which of his
}

// Bounds of those.
const (
	MaxReelBytes = 16 << 20
	MaxCueSpeed  = 64
	maxMicros    = 1 << 50
)

func (m *Reel) inBounds() bool {
	return m.Bytes >= 1 && m.Bytes <= MaxReelBytes && m.First >= 0 && m.End >= m.First
}

func (m *ReelAsk) inBounds() bool { return m.From <= MaxReelBytes }

func (c *Cue) inBounds() bool {
	return c.Holder < MaxMachines && c.Frame >= 0 && c.AtMicros >= 0 && c.AtMicros < maxMicros &&
		c.Speed != 0 && c.Speed >= -MaxCueSpeed && c.Speed <= MaxCueSpeed
}

func (m *CueAsk) inBounds() bool { return m.Cue.inBounds() }

func (m *CueNow) inBounds() bool {
	return m.Cue.inBounds() && m.NowMicros >= 0 && m.NowMicros < maxMicros && m.Asker < MaxMachines
}
