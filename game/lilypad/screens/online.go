package screens

import (
	"fmt"
	"strings"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/netcode"
)

// online is this machine's socket and the lobby it is in.
type online struct {
	node       *netcode.Node
	rendezvous string // the server that the node was told of
	lobby      *netplay.Lobby
	// watching is what this machine watches, nil if it is in a lobby, or in none.
	watching   *netplay.Watcher
	match      *netplay.Match // the last one that a screen was made for
	again      bool           // this machine's players want a rematch
	away       bool           // they are not at the game
	told       []string       // by local player: their own word to the others that was told last
	seats      int            // that this machine has asked for
	muted      map[int]bool   // members whose lines are not shown, by netcode.Member.Machine
	guest      bool           // another machine has hosted
	feed       *feed          // what all in the lobby see of a match elsewhere; nil if nothing
	passing    bool           // the socket has an identity for one lobby only
	fromReplay bool           // the match went on from the replay that all look at, and so does the next
}

// network returns the socket, opening it at the first call, and anew where codes are another
// rendezvous server's.
func (a *App) network(rendezvous string) (*online, error) {
	if a.online == nil || !a.online.open() && (a.replug || a.online.passing || a.online.rendezvous != rendezvous) {
		a.replug = false
		a.unplug()
	}
	if a.online != nil {
		a.online.node.SetName(a.settings.Name)
		return a.online, nil
	}
	config := netcode.NodeConfig{
		Addr: a.config.Addr, Name: a.settings.Name, DayKey: true, Interfaces: a.config.Interfaces,
		Rendezvous: rendezvous, STUN: a.config.STUN, TURN: a.turn(), Relay: relayChoice[a.settings.Relay], NoForward: !a.settings.PassOn,
		Key: a.passing,
	}
	node, err := a.listen(config)
	if err != nil && config.Addr != "" {
		config.Addr = "" // the port is taken: any other will do
		node, err = a.listen(config)
	}
	if err != nil {
		return nil, err
	}
	if notice := node.Notice(); notice != "" {
		a.say(sentence(notice))
	}
	a.online = &online{node: node, rendezvous: rendezvous, passing: a.passing != nil}
	return a.online, nil
}

// rendezvous is the server that brings together who shares a code; "" is none.
func (a *App) rendezvous() string {
	if a.config.Rendezvous != "" {
		return a.config.Rendezvous
	}
	return a.settings.Rendezvous
}

// turn are the servers that pass packets on where nothing nearer does, if that is
// wanted.
func (a *App) turn() []string {
	switch {
	case relayChoice[a.settings.Relay] == netcode.RelayNever:
		return nil
	case a.config.TURN != nil:
		return a.config.TURN
	case a.settings.TURN != "":
		return strings.Split(a.settings.TURN, ",")
	}
	return nil
}

// What the settings offer for packets that find no direct way.
var (
	relayNames  = []string{"if need be", "never", "always: hides my address"}
	relayChoice = []netcode.Relay{netcode.RelayAuto, netcode.RelayNever, netcode.RelayOnly}
)

// unplug closes the socket, so that the next lobby gets one with the settings
// of then. No lobby is open.
func (a *App) unplug() {
	if a.online != nil {
		a.online.close()
		a.online = nil
	}
}

func (o *online) close() {
	o.leave()
	o.node.Close()
}

// entrance is how far one is who has asked to be let in: to a lobby, or to watch one.
type entrance interface {
	State() netcode.State
	Err() error
	Progress() string
	Reply() (text string, ready bool)
	ReplyLetters() string
}

// open reports whether this machine is in a lobby, watches one, or has asked for that.
func (o *online) open() bool { return o.lobby != nil || o.watching != nil }

// entrance is that of what is open.
func (o *online) entrance() entrance {
	if o.watching != nil {
		return o.watching
	}
	return o.lobby
}

// poll takes in what has come.
func (o *online) poll() {
	if o.watching != nil {
		o.watching.Tick()
		return
	}
	o.lobby.Poll()
}

// leave leaves the lobby, its own or one that it watches; the socket stays.
func (o *online) leave() {
	if o.lobby != nil {
		o.lobby.Leave()
	}
	if o.watching != nil {
		o.watching.Leave()
	}
	o.feed.close()
	o.watching, o.feed = nil, nil
	o.lobby, o.match, o.again, o.away, o.told, o.muted, o.guest, o.fromReplay = nil, nil, false, false, nil, nil, false, false
}

// started returns the round that has just begun, nil if none has.
func (o *online) started(a *App) contest {
	if o.lobby == nil {
		return nil
	}
	m := o.lobby.Match()
	if m == nil || m == o.match || o.lobby.State() != netcode.Playing {
		return nil
	}
	o.match = m
	return newDuel(a, o, m)
}

// start begins the next match as this host has begun the last.
func (o *online) start(a *App) error {
	if o.fromReplay {
		return o.lobby.StartFromReplay(netcode.UntilOver)
	}
	return o.lobby.Start(a.newSeed(), netcode.UntilOver)
}

// settle brings what the host decides up to date: the bots fill the seats that
// the players leave free, and the host is ready when it presses Start.
func (o *online) settle(s *Settings, members []netcode.Member) {
	if !o.lobby.Hosting() || o.lobby.State() != netcode.Gathering {
		o.guest = o.guest || !o.lobby.Hosting()
		return
	}
	humans, ready := 0, true
	for _, m := range members {
		humans += m.Seats
		ready = ready && (!m.You || m.Ready)
	}
	if o.guest { // the host is gone, whose match this one's settings are to describe from now on
		o.guest = false
		s.adopt(o.lobby.Options(), humans)
	}
	options := s.setup(0, humans).AppendOptions(nil)
	// Whoever comes into a match that runs takes the place of a bot. It fails only for a
	// guest or in a lobby without such newcomers, and it is neither.
	_ = o.lobby.SetLateSeats(frogs(options, humans))
	if string(options) != string(o.lobby.Options()) {
		// It fails only for a guest or for too many bytes, and it is neither.
		_ = o.lobby.SetOptions(options)
	}
	if !ready {
		o.lobby.SetReady(true)
	}
}

// link leads to this machine's lobby: by its code, if there is a server here that knows it. For
// a lobby that this machine has inherited with its code there may be none.
func (o *online) link() netplay.Link {
	if code, _ := o.code(); code != "" {
		return netplay.Link{Address: code, Rendezvous: o.rendezvous}
	}
	return netplay.Link{Address: o.invitation()}
}

// code is the one that leads to this machine's lobby, as netcode.Room.Code, "" if none does.
func (o *online) code() (code string, ready bool) {
	if o.rendezvous == "" {
		return "", false
	}
	return o.lobby.Code()
}

// watchCode is the one by which this machine's matches are watched, as netcode.Room.WatchCode, ""
// if there is none, or no server here that knows it.
func (o *online) watchCode() string {
	if o.rendezvous == "" {
		return ""
	}
	code, _ := o.lobby.WatchCode()
	return code
}

// invitation is the likeliest address with the fingerprint that pins us.
func (o *online) invitation() string {
	if addrs := o.node.Addresses(); len(addrs) > 0 {
		return addrs[0] + "#" + o.node.Fingerprint()
	}
	return fmt.Sprintf("127.0.0.1:%d#%s", o.node.Addr().Port(), o.node.Fingerprint())
}
