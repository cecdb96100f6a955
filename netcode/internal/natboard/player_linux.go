package natboard

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// Order is what a player's program is told, one line of JSON.
type Order struct {
	Do string // "host", "guest", "hear" or "end"

	Servers Servers `json:"servers,omitzero"` // host, guest
	Heard   string  // what the other player has said; guest, hear
	Frames  int     // the match ends by itself after so many; host, 0 for never
	Meet    string  // MeetCode, MeetInvite or meetLAN
	Log     bool    // tell standard error what happens; host, guest
}

// How players meet.
const (
	MeetCode   = "code"   // by a code and the rendezvous server
	MeetInvite = "invite" // by an invite and a reply, without that server
	meetLAN    = "lan"    // by the list of the local network, without any server
)

// Servers are what the players can ask.
type Servers struct {
	Rendezvous string   // HOST:PORT
	STUN       []string // HOST:PORT
	TURN       []string // pion's URLs, of a contestant that needs such
}

// Line is what a player's program tells, one line of JSON.
type Line struct {
	Say     string  `json:",omitempty"` // is passed on to the other player
	FoundMs float64 `json:",omitempty"` // guest, LAN: until the host was on the list
	InputMs float64 `json:",omitempty"` // guest: from knowing both sides' addresses to the first input
	Path    string  `json:",omitempty"` // what is used from now on: "lan", "direct", "relay" ...
	Agreed  bool    `json:",omitempty"` // both have compared a world, or sent each other as much
	End     *End    `json:",omitempty"` // the match has ended by itself
	Ended   bool    `json:",omitempty"` // the socket is closed
	Err     string  `json:",omitempty"` // it has failed
}

// End is how a match went that has ended by itself.
type End struct {
	Frame     int
	Hash      uint64
	SilenceMs int    // the longest time without a datagram of the other player
	FreezeMs  int    // the longest time without a new frame
	Path      string // the way in the end
}

// pond is the game: each player's inputs, mixed.
type pond struct{ Hash uint64 }

func (w *pond) step(in rollback.Inputs[uint32]) {
	for seat := range in.Len() {
		w.Hash = (w.Hash ^ uint64(in.At(seat))) * 0x100000001b3
	}
}

// checksumFrames is how often worlds are compared: soon, as trials are short.
const checksumFrames = 10

func pondGame() netcode.Config[pond, uint32] {
	return netcode.Config[pond, uint32]{
		Game: "natboard", Rules: 1, MaxSeats: 2, CallerPaced: true, ChecksumFrames: checksumFrames,
		Start: func(s netcode.Setup) pond { return pond{s.Seed} }, Step: (*pond).step,
	}
}

// lobbyPause is how long a lobby waits for the network at a time.
const lobbyPause = 10 * time.Millisecond

// Play is the program of a player of this engine: it plays as often as it is
// ordered to on standard input, and tells of it on standard output.
func Play() {
	orders := make(chan Order)
	go func() {
		defer close(orders)
		lines := json.NewDecoder(bufio.NewReader(os.Stdin))
		for {
			var o Order
			if lines.Decode(&o) != nil {
				return
			}
			orders <- o
		}
	}()
	p := &player{orders: orders, tell: json.NewEncoder(os.Stdout)}
	for o := range orders {
		if o.Do == "host" || o.Do == "guest" {
			p.once(o)
		}
	}
}

// player plays one match after another.
type player struct {
	orders <-chan Order
	tell   *json.Encoder
	ended  bool // the order to end has come, or no more will

	lobby  *netcode.Lobby[pond, uint32]
	match  *netcode.Match[pond, uint32]
	host   bool
	frames int32 // of the match, for the host
	words  bool  // code, invite or reply: told
	input  bool  // told
	path   string
	agree  bool // told
	end    End
}

// once plays until the order to end.
func (p *player) once(o Order) {
	*p = player{orders: p.orders, tell: p.tell, host: o.Do == "host", frames: int32(o.Frames)}
	node, err := p.open(o)
	if err != nil {
		p.say(Line{Err: err.Error()})
	}
	for next := time.Now(); err == nil && !p.ended; {
		if p.match == nil {
			if err = p.gather(); p.match == nil {
				node.Wait(lobbyPause)
			}
			next = time.Now()
			continue
		}
		status := p.match.Tick(uint32(p.match.Stats().Frame))
		p.report()
		if status.Over {
			err = p.finish()
			break
		}
		if next = next.Add(p.match.TickPeriod()); time.Since(next) > 100*time.Millisecond {
			next = time.Now() // this machine was busy
		}
		for wait := time.Until(next); wait > 0 && !p.ended; wait = time.Until(next) {
			select {
			case <-time.After(wait):
			case o, ok := <-p.orders:
				p.ended = !ok || o.Do == "end"
			}
		}
	}
	if err != nil {
		p.say(Line{Err: err.Error()})
	}
	for !p.ended {
		o, ok := <-p.orders
		p.ended = !ok || o.Do == "end"
	}
	if node != nil {
		node.Close()
	}
	p.say(Line{Ended: true})
}

func (p *player) say(l Line) { _ = p.tell.Encode(l) }

// hear takes an order if there is one.
func (p *player) hear() error {
	select {
	case o, ok := <-p.orders:
		p.ended = !ok || o.Do == "end"
		if o.Do == "hear" {
			return p.lobby.AcceptReply(o.Heard)
		}
	default:
	}
	return nil
}

// open makes the node and the lobby.
func (p *player) open(o Order) (*netcode.Node, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	config := netcode.NodeConfig{Name: o.Do, Key: key, STUN: o.Servers.STUN, PortMap: true}
	if o.Meet == MeetCode {
		config.Rendezvous = o.Servers.Rendezvous
	}
	if o.Log {
		config.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	node, err := netcode.Listen(config)
	if err != nil {
		return nil, err
	}
	if p.host {
		p.lobby, err = netcode.OpenLobby(node, pondGame(), netcode.LobbyConfig{Ready: true,
			Code: o.Meet == MeetCode, Invite: o.Meet == MeetInvite, LAN: o.Meet == meetLAN})
		if o.Meet == meetLAN {
			p.say(Line{Say: "open"})
		}
		return node, err
	}
	if o.Meet == meetLAN {
		if o.Heard, err = p.browse(node); err != nil {
			return node, err
		}
	}
	p.lobby, err = netcode.JoinLobby(node, pondGame(), o.Heard, netcode.LobbyConfig{Ready: true})
	return node, err
}

// browse returns the address of the first lobby on the local network.
func (p *player) browse(node *netcode.Node) (string, error) {
	start := time.Now()
	list, err := netcode.Browse(netcode.BrowseConfig{Game: pondGame().Game, Except: node})
	if err != nil {
		return "", err
	}
	defer list.Close()
	for time.Since(start) < meetLimit {
		if found := list.AppendFound(nil); len(found) > 0 {
			p.say(Line{FoundMs: float64(time.Since(start).Microseconds()) / 1000})
			return found[0].Address, nil
		}
		node.Wait(lobbyPause / 10)
	}
	return "", errors.New("there is no lobby on the local network")
}

// gather lets the lobby come to its match.
func (p *player) gather() error {
	if err := p.hear(); err != nil {
		return err
	}
	p.lobby.Poll()
	if err := p.lobby.Err(); err != nil {
		return err
	}
	words := []func() (string, bool){p.lobby.Reply}
	if p.host {
		words = []func() (string, bool){p.lobby.Code, p.lobby.Invite}
	}
	for _, word := range words {
		if text, ready := word(); ready && text != "" && !p.words {
			p.words = true
			p.say(Line{Say: text})
		}
	}
	if p.lobby.State() == netcode.Gathering {
		if p.host && len(p.lobby.AppendMembers(nil)) == 2 && p.lobby.Blocker() == "" {
			if err := p.lobby.Start(1, p.frames); err != nil {
				return err
			}
		}
	}
	p.match = p.lobby.Match()
	return nil
}

// finish tells how the match has ended.
func (p *player) finish() error {
	result, _ := p.match.Result()
	if result.Err != nil {
		return result.Err
	}
	if !result.Agreed {
		return errors.New("the match has ended without agreement on its last world")
	}
	p.end.Frame, p.end.Hash = int(result.Frame), uint64(result.Hash)
	p.end.Path = p.path
	p.end.FreezeMs = int(p.match.Stats().LongestFreeze.Milliseconds())
	p.say(Line{End: &p.end})
	return nil
}

// report tells what is new.
func (p *player) report() {
	stats := p.match.Stats()
	if stats.Connect > 0 && !p.input {
		p.input = true
		p.say(Line{InputMs: float64(stats.Connect.Microseconds()) / 1000})
	}
	if stats.Agreed > 0 && !p.agree {
		p.agree = true
		p.say(Line{Agreed: true})
	}
	for _, peer := range p.match.AppendPeers(nil) {
		p.end.SilenceMs = max(p.end.SilenceMs, peer.SilentMs)
		if p.input && string(peer.Path) != p.path {
			p.path = string(peer.Path)
			p.say(Line{Path: p.path})
		}
	}
}
