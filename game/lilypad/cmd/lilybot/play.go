package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

const (
	// pollPause is how long the lobby waits for the network at a time.
	pollPause = 10 * time.Millisecond
	// quietTime is how long something may be waited for without a word of it.
	quietTime = 2 * time.Second
)

// gameConfig is the game to the network engine.
type gameConfig = netcode.Config[rules.World, rules.Pad]

// player is one bot in one lobby.
type player struct {
	options
	node          *netcode.Node
	lobby         *netplay.Lobby
	match         *netplay.Match // the round that runs, or ran last
	played        played
	recording     *netcode.Recording // nil: none
	search        *search            // nil if it is known where to join
	out           *lines
	sums          []rollback.Checksum
	events        []netcode.Event
	notices       []rollback.Notice
	ending        netplay.Ending // of the match, as the host wants it
	nextStats     time.Time
	began         time.Time // to come in: with this process, or when it was out
	toldCode      bool
	toldWatchCode bool

	toldInvite string        // or reply
	lines      <-chan string // of stdin
}

// play hosts or joins a lobby and plays there to the end. From in come replies to
// the invite, if there is one.
func play(ctx context.Context, o options, in io.Reader, w io.Writer) (int, error) {
	p := &player{options: o, out: &lines{w: w}, began: time.Now()}
	if o.invite {
		lines := make(chan string)
		p.lines = lines
		go readLines(in, lines) // ends with the process, if not before
	}
	code, err := p.meet(ctx)
	if p.node != nil {
		defer p.node.Close()
	}
	if err != nil || p.match == nil {
		return code, err
	}
	// Bots play by the dozen on one machine: what getting together took, most of it
	// for the keys of a code, goes back to it.
	debug.FreeOSMemory()
	return p.playRounds(ctx)
}

// meet opens the socket, hosts or joins, and waits until the match begins.
func (p *player) meet(ctx context.Context) (code int, err error) {
	config := netplay.Config()
	config.Game, config.CallerPaced, config.Absent, config.LateJoin = p.game, true, p.absent, p.late
	if p.absent == netcode.AbsentEnds {
		config.Desync = netcode.DesyncEnds // nobody can be left out
	}
	if err := p.open(); err != nil {
		return exitNoConnect, err
	}
	lobby := netcode.LobbyConfig{Ready: true, Secret: p.secret, LAN: p.lan, Code: p.code, Invite: p.invite}
	p.lets(&lobby)
	switch {
	case p.host:
		lobby.Options = rules.Setup{DurationFrames: int32(p.round)}.AppendOptions(nil)
		p.lobby, err = netcode.OpenLobby(p.node, config, lobby)
	case p.join == nearby:
		return p.seekNearby(ctx, config, lobby)
	default:
		p.lobby, err = netcode.JoinLobby(p.node, config, p.join, lobby)
	}
	if err != nil {
		return exitNoConnect, err
	}
	if p.host {
		if err := p.lobby.SetMaxSeats(p.players); err != nil {
			return exitNoConnect, err
		}
		p.out.print(listening{"listening", p.reachable(), p.node.Fingerprint()})
	}
	return p.gather(ctx)
}

// open opens the socket.
func (p *player) open() (err error) {
	node := netcode.NodeConfig{Addr: p.listen, Name: p.name, Identity: p.identity, Logger: logger(p.verbose),
		Rendezvous: p.server, STUN: p.stun, TURN: p.turn, Relay: p.relay, PortMap: p.portMap, NoForward: !p.passOn,
		Interfaces: p.interfaces}
	if p.listen == "" && p.host {
		node.Addr = fmt.Sprintf(":%d", netplay.DefaultPort)
	}
	if p.identity == "" {
		// A bot is nobody in particular: the player's own identity file is
		// for the player.
		if _, node.Key, err = ed25519.GenerateKey(rand.Reader); err != nil {
			return err
		}
	}
	p.node, err = netcode.Listen(node)
	return err
}

// reachable is the address to tell others: a socket bound to all addresses is
// reached at one of them.
func (p *player) reachable() string {
	if addr := p.node.Addr(); !addr.Addr().IsUnspecified() {
		return addr.String()
	}
	if all := p.node.Addresses(); len(all) > 0 {
		return all[0]
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), p.node.Addr().Port()).String()
}

// gather waits until the lobby's next match begins. The host starts it.
func (p *player) gather(ctx context.Context) (code int, err error) {
	wait := p.begin()
	for last := p.match; p.match == last; {
		p.lobby.Poll()
		p.tellEvents(time.Now())
		p.tellCode()
		p.tellInvite()
		p.takeReplies()
		if p.lobby.State() == netcode.Ended {
			return exitNoConnect, p.lobby.Err()
		}
		if err := p.stepLobby(); err != nil {
			return exitNoConnect, err
		}
		if ctx.Err() != nil {
			return exitInterrupted, nil
		}
		if p.match = p.lobby.Match(); p.match == last {
			wait.say(time.Now(), p.waitingFor())
			p.node.Wait(pollPause)
		}
	}
	return exitAgreed, nil
}

// stepLobby does what brings the lobby nearer to a match. The error says why none
// can come of it.
func (p *player) stepLobby() error {
	switch state := p.lobby.State(); {
	case state == netcode.Connecting && p.search != nil:
		return p.search.tired(time.Now())
	case state != netcode.Gathering:
		return nil
	case p.match != nil && p.seats() < len(p.match.Seats()):
		return errThinned
	}
	p.lobby.SetReady(true)
	if p.search != nil {
		p.search.entered(time.Now())
	}
	if p.lobby.Hosting() && p.seats() == p.lobby.MaxSeats() && p.lobby.Blocker() == "" {
		return p.lobby.Start(p.roundSeed(), int32(p.frames)-int32(p.played.stats.Frame))
	}
	return nil
}

// waitingFor says what keeps the match from beginning. While nobody has come, that
// may be an invite by which nobody can.
func (p *player) waitingFor() string {
	if p.invite && len(p.lobby.AppendMembers(nil)) == 1 {
		return p.lobby.InviteStatus()
	}
	if why := p.lobby.Blocker(); p.lobby.Hosting() && why != "" {
		return why
	}
	return p.lobby.Progress()
}

// tellCode prints the lobby's codes once they can be used.
func (p *player) tellCode() {
	if code, ready := p.lobby.Code(); ready && p.lobby.Hosting() && !p.toldCode {
		p.toldCode = true
		p.out.print(codeLine{"code", code})
	}
	if code, ready := p.lobby.WatchCode(); ready && p.lobby.Hosting() && !p.toldWatchCode {
		p.toldWatchCode = true
		p.out.print(codeLine{"watchCode", code})
	}
}

func (p *player) seats() (n int) {
	for _, m := range p.lobby.AppendMembers(nil) {
		n += m.Seats
	}
	return n
}

func (p *player) roundSeed() uint64 {
	if p.seed != 0 {
		return p.seed + uint64(p.played.rounds)
	}
	var b [8]byte
	rand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

// run ticks the match until it is over, and reports whether it was interrupted.
// The time of the next tick is set by the match, not by when this one came late.
func (p *player) run(ctx context.Context) (interrupted bool) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	next := time.Now()
	p.ending = netplay.Ending{}
	p.nextStats = next.Add(time.Second)
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			interrupted = true
			p.match.Leave()
		}
		status := p.match.Tick(p.pads()...)
		p.notices = p.match.AppendNotices(p.notices[:0])
		p.ending.Heed(p.notices, p.lobby.Room, p.match)
		p.tell(time.Now(), status.Over)
		if p.leaveAfter > 0 && int(status.Frame) >= p.leaveAfter && !status.Over {
			p.match.Leave()
			return true
		}
		if status.Over || interrupted {
			return interrupted
		}
		next = next.Add(p.match.TickPeriod())
		if late := time.Since(next); late > 5*p.match.TickPeriod() {
			next = time.Now() // the machine was away: lost time is lost
		}
		timer.Reset(time.Until(next))
	}
}

// pads is what the bot presses now, for each of its seats: what the host of the lobby wants, if it
// ends the match.
func (p *player) pads() []rules.Pad {
	seats := p.match.LocalSeats()
	pads := make([]rules.Pad, len(seats))
	for i, seat := range seats {
		if pads[i] = rules.Bot(p.match.World(), seat, p.level); p.ending.Wanted() {
			pads[i] = rules.Stop
		}
	}
	return pads
}
