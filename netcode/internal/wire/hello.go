package wire

import (
	"github.com/vmihailenco/msgpack/v5"
)

const shareBytes = 65 // of package spake2

// Purpose says what a dialler wants.
type Purpose uint8

const (
	JoinLobby  Purpose = iota + 1 // a seat in the lobby of whoever answers
	JoinMesh                      // the link between two members that the roster asks for
	Answer                        // the listener's own hello
	WatchLobby                    // no seat: to see the matches of the lobby
	WatchWith                     // the link between two who watch it, or to a player, that its host asks for
	WatchOn                       // no seat: to go on watching the lobby, of which another was host
)

// Credential says what a guest was given to get into a lobby with.
type Credential uint8

const (
	CredentialNone   Credential = iota
	CredentialSecret            // the secret that the host's player has chosen
	CredentialCode
	CredentialInvite
)

// Hello is the first message of both sides. Everything down to Checksums must be
// equal on both, and so must TimeoutMs and what follows it. The fields down to Name are the same in all versions: of another
// one's greeting nothing else is read, which is enough to say so in words.
type Hello struct {
	Protocol   uint32
	Game       string
	Rules      uint64
	TickRate   uint16
	InputBytes uint16
	Window     uint8
	Checksums  uint16 // frames between two checksums, 0: none

	Purpose Purpose
	Name    string
	Players []Player // JoinLobby: on this machine
	Ready   bool     // JoinLobby: they need not be waited for
	Waits   bool     // JoinLobby: where there is no place they wait for one
	Lobby   uint64   // JoinMesh: which lobby; only its members know the number; WatchOn: the tag of the match that is watched
	Proof   [32]byte // CredentialCode, CredentialInvite: that the sender knows it; Answer: if the dialler has shown that; WatchOn: the pass (Show)
	Addrs   []string // JoinLobby, WatchLobby, WatchOn: where the sender believes to listen, for the others; none if they are not to know
	Offer   []byte   // JoinLobby, WatchLobby, WatchOn: how it is reached through routers (package nat); empty if it does not know

	Credential Credential // JoinLobby
	Share      []byte     // CredentialSecret, and Answer to that: of package spake2; else empty

	MinSeats  uint8  // players that a match of the lobby has, or a guest's game can do with: at least,
	MaxSeats  uint8  // and at most
	TimeoutMs uint32 // silence after which a peer is lost
	Over      bool   // the rules say when a match is over
	Clean     bool   // and which inputs are legal
	Absent    uint8  // what becomes of the seats of those who leave
	Late      uint8  // who may come into a match that runs
	Desync    uint8  // what becomes of a match in which worlds differ

	Layout     uint64 // of world and input: rollback.Shape
	Arithmetic string // how their floating-point numbers are rounded, "" without any
	Fields     []byte // what stands for the first MaxFields of them, FieldMarkBytes each, to find the one that differs
}

const (
	MaxArithmeticBytes = 48 // of Hello.Arithmetic
	MaxFields          = 128
	FieldMarkBytes     = 3
)

// Proof shows that its sender knows the lobby's secret, once both Shares are
// known. The dialler's comes first (package spake2).
type Proof struct {
	MAC [32]byte
}

// DecodeMsgpack reads a greeting, whatever its version.
func (m *Hello) DecodeMsgpack(d *msgpack.Decoder) error {
	n, err := d.DecodeArrayLen()
	if err != nil {
		return err
	}
	shared := []any{&m.Protocol, &m.Game, &m.Rules, &m.TickRate, &m.InputBytes, &m.Window, &m.Checksums, &m.Purpose, &m.Name}
	own := []any{&m.Players, &m.Ready, &m.Waits, &m.Lobby, &m.Proof, &m.Addrs, &m.Offer, &m.Credential, &m.Share, &m.MinSeats, &m.MaxSeats, &m.TimeoutMs, &m.Over, &m.Clean, &m.Absent, &m.Late, &m.Desync, &m.Layout, &m.Arithmetic, &m.Fields}
	for i := range n {
		switch {
		case i < len(shared):
			err = d.Decode(shared[i])
		case m.Protocol != Protocol:
			err = d.Skip()
		case i < len(shared)+len(own):
			err = d.Decode(own[i-len(shared)])
		}
		if err != nil {
			return err
		}
	}
	if n < len(shared) || m.Protocol == Protocol && n != len(shared)+len(own) {
		return ErrControl
	}
	return nil
}

// rightPlayers: who asks for seats says whom for, and nobody else does.
func (m *Hello) rightPlayers() bool {
	switch {
	case m.Protocol != Protocol:
		return true // not read
	case m.Purpose == JoinLobby:
		return saidPlayers(m.Players)
	}
	return len(m.Players) == 0
}

func (m *Hello) inBounds() bool {
	return m.rightPlayers() && len(m.Game) <= maxGameBytes && len(m.Arithmetic) <= MaxArithmeticBytes && len(m.Fields) <= MaxFields*FieldMarkBytes && len(m.Fields)%FieldMarkBytes == 0 && m.Purpose >= JoinLobby && m.Purpose <= WatchOn && addrsInBounds(m.Addrs) && len(m.Offer) <= maxOfferBytes &&
		m.Credential <= CredentialInvite && (len(m.Share) == 0 || len(m.Share) == shareBytes)
}
