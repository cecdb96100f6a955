package wire

// Reel is what a host tells of the match that all in its lobby are to see together: a recorded one,
// or one that goes on. Of that it is told again, with the same name, when there is more of it.
type Reel struct {
	Name  [32]byte // tells one from another
	Bytes uint32   // so long is its file,
	Sum   [32]byte // and this is its SHA-256
	First int32    // the frame that it begins with,
	End   int32    // and the one that it ends before
	Grows bool     // more of it is to come
}

// ReelAsk asks a member for the file of a reel, which comes over the feed: from a place on, or from
// where the member is who sends it already and is not so far yet, up to another.
type ReelAsk struct {
	Name    [32]byte
	From    uint32
	Through uint32
}

// ReelHave says how much of the file of a reel its sender has.
type ReelHave struct {
	Name  [32]byte
	Bytes uint32
	Plays bool // it has it whole, and can go on with the match
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
	End       int32  // nothing from there on is shown: it is not with all yet
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

func (m *ReelAsk) inBounds() bool { return m.From <= m.Through && m.Through <= MaxReelBytes }

func (m *ReelHave) inBounds() bool { return m.Bytes <= MaxReelBytes }

func (c *Cue) inBounds() bool {
	return c.Holder < MaxMachines && c.Frame >= 0 && c.AtMicros >= 0 && c.AtMicros < maxMicros &&
		c.Speed != 0 && c.Speed >= -MaxCueSpeed && c.Speed <= MaxCueSpeed
}

func (m *CueAsk) inBounds() bool { return m.Cue.inBounds() }

func (m *CueNow) inBounds() bool {
	return m.Cue.inBounds() && m.End >= 0 && m.NowMicros >= 0 && m.NowMicros < maxMicros && m.Asker < MaxMachines
}
