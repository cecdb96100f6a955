package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/rules"
	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// pollPause is how long the lobby waits for the network at a time.
const pollPause = 10 * time.Millisecond

// nearby in place of an address is the first lobby on the local network, looked
// for as long as nearbyTimeout.
const (
	nearby        = "lan"
	nearbyTimeout = 30 * time.Second
)

// player is one bot in one match.
type player struct {
	options
	node      *netcode.Node
	lobby     *netplay.Lobby
	match     *netplay.Match
	out       *lines
	sums      []rollback.Checksum
	nextStats time.Time
	toldCode  bool

	toldInvite string        // or reply
	lines      <-chan string // of stdin
}

// play hosts or joins one match and plays it to the end. From in come replies to
// the invite, if there is one.
func play(ctx context.Context, o options, in io.Reader, w io.Writer) (int, error) {
	p := &player{options: o, out: &lines{w: w}}
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
	return p.run(ctx)
}

// meet opens the socket, hosts or joins, and waits until the match begins.
func (p *player) meet(ctx context.Context) (code int, err error) {
	config := netplay.Config()
	config.CallerPaced = true
	node := netcode.NodeConfig{Addr: p.listen, Name: p.name, Identity: p.identity, Logger: logger(p.verbose),
		Rendezvous: p.server, STUN: p.stun, TURN: p.turn, Relay: p.relay, PortMap: p.portMap, NoForward: !p.passOn}
	if p.listen == "" && p.host {
		node.Addr = fmt.Sprintf(":%d", netplay.DefaultPort)
	}
	if p.identity == "" {
		// A bot is nobody in particular: the player's own identity file is
		// for the player.
		if _, node.Key, err = ed25519.GenerateKey(rand.Reader); err != nil {
			return exitNoConnect, err
		}
	}
	if p.node, err = netcode.Listen(node); err != nil {
		return exitNoConnect, err
	}
	lobby := netcode.LobbyConfig{Ready: true, Secret: p.secret, LAN: p.lan, Code: p.code, Invite: p.invite}
	if p.join == nearby {
		if p.join, err = p.findNearby(ctx, config.Game); err != nil {
			return exitNoConnect, err
		}
	}
	if p.host {
		p.lobby, err = netcode.OpenLobby(p.node, config, lobby)
	} else {
		p.lobby, err = netcode.JoinLobby(p.node, config, p.join, lobby)
	}
	if err != nil {
		return exitNoConnect, err
	}
	if p.host {
		p.lobby.SetMaxSeats(p.players)
		p.out.print(listening{"listening", p.reachable(), p.node.Fingerprint()})
	}
	return p.gather(ctx)
}

// findNearby waits for a lobby on the local network that can be joined.
func (p *player) findNearby(ctx context.Context, game string) (address string, err error) {
	list, err := netcode.Browse(netcode.BrowseConfig{Game: game, Except: p.node})
	if err != nil {
		return "", err
	}
	defer list.Close()
	for deadline := time.Now().Add(nearbyTimeout); time.Now().Before(deadline) && ctx.Err() == nil; {
		for _, lobby := range list.AppendFound(nil) {
			if !lobby.Playing && lobby.Seats < lobby.MaxSeats {
				return lobby.Address, nil
			}
		}
		p.node.Wait(pollPause)
	}
	if err := list.Err(); err != nil {
		return "", err
	}
	return "", errors.New("there is no lobby with a free seat on the local network")
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

// gather waits until the lobby's match begins. The host starts it.
func (p *player) gather(ctx context.Context) (code int, err error) {
	for p.match == nil {
		p.lobby.Poll()
		p.tellCode()
		p.tellInvite()
		p.takeReplies()
		switch p.lobby.State() {
		case netcode.Ended:
			return exitNoConnect, p.lobby.Err()
		case netcode.Gathering:
			p.lobby.SetReady(true)
			if p.host && p.seats() == p.players && p.lobby.Blocker() == "" {
				if err := p.lobby.Start(p.roundSeed(), int32(p.frames)); err != nil {
					return exitNoConnect, err
				}
			}
		}
		if ctx.Err() != nil {
			return exitInterrupted, nil
		}
		if p.match = p.lobby.Match(); p.match == nil {
			p.node.Wait(pollPause)
		}
	}
	return exitAgreed, nil
}

// tellCode prints the lobby's code once it can be used.
func (p *player) tellCode() {
	if code, ready := p.lobby.Code(); ready && p.host && !p.toldCode {
		p.toldCode = true
		p.out.print(codeLine{"code", code})
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
		return p.seed
	}
	var b [8]byte
	rand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

// run ticks the match until it is over. The time of the next tick is set by the
// match, not by when this one came late.
func (p *player) run(ctx context.Context) (int, error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	next := time.Now()
	p.nextStats = next.Add(time.Second)
	interrupted := false
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			interrupted = true
			p.match.Leave()
		}
		status := p.match.Tick(p.pads()...)
		p.tell(time.Now(), status.Over)
		if status.Over || interrupted {
			break
		}
		next = next.Add(p.match.TickPeriod())
		if late := time.Since(next); late > 5*p.match.TickPeriod() {
			next = time.Now() // the machine was away: lost time is lost
		}
		timer.Reset(time.Until(next))
	}
	result, _ := p.match.Result()
	if err := p.finish(result); err != nil {
		return exitLost, err
	}
	if interrupted {
		return exitInterrupted, nil
	}
	return exitCode(result), result.Err
}

// pads is what the bot presses now, for each of its seats.
func (p *player) pads() []rules.Pad {
	seats := p.match.LocalSeats()
	pads := make([]rules.Pad, len(seats))
	for i, seat := range seats {
		pads[i] = rules.Bot(p.match.World(), seat, p.level)
	}
	return pads
}
