package wire

// DesyncHashes are the hashes of the sender's worlds at consecutive frames.
type DesyncHashes struct {
	Match  uint32
	First  int32
	Hashes []uint64
}

func (m *DesyncHashes) inBounds() bool {
	return m.First >= 0 && len(m.Hashes) <= MaxDesyncHashes
}

// DesyncParts is what the sender's world at the first frame that differs looks like:
// how long it is, and the hash of each part of MaxWorldPart bytes. Without a hash there
// is no such world any more, or it is too big.
type DesyncParts struct {
	Match  uint32
	Frame  int32
	Bytes  uint32
	Hashes []uint64
}

func (m *DesyncParts) inBounds() bool {
	return m.Frame >= 0 && m.Bytes <= MaxWorldParts*MaxWorldPart && len(m.Hashes) == WorldParts(int(m.Bytes))
}

// DesyncAsk asks for parts of that world, and DesyncPart is one of them: the last one of
// a world is shorter than the others.
type DesyncAsk struct {
	Match uint32
	Frame int32
	First uint16
	Count uint16
}

func (m *DesyncAsk) inBounds() bool {
	return m.Frame >= 0 && m.Count >= 1 && m.Count <= MaxAskedParts && int(m.First)+int(m.Count) <= MaxWorldParts
}

type DesyncPart struct {
	Match uint32
	Frame int32
	Part  uint16
	Bytes []byte
}

func (m *DesyncPart) inBounds() bool {
	return m.Frame >= 0 && m.Part < MaxWorldParts && len(m.Bytes) >= 1 && len(m.Bytes) <= MaxWorldPart
}

// WorldParts is how many parts a world of so many bytes has.
func WorldParts(bytes int) int { return (bytes + MaxWorldPart - 1) / MaxWorldPart }
