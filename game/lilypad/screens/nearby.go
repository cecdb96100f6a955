package screens

import (
	"fmt"
	"time"

	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
	"github.com/visavis-netcode/visavis/netcode"
)

// lister is a list of lobbies that keeps itself up to date: netcode.Browser.
type lister interface {
	AppendFound(dst []netcode.Nearby) []netcode.Nearby
	Err() error
	Close()
}

// nearby is the list of lobbies on the local network, while a screen shows it.
// The zero value looks for nothing yet.
type nearby struct {
	browse  func(netcode.BrowseConfig) (lister, error) // nil: netcode.Browse
	list    lister
	failure string // why there is no list
	found   []netcode.Nearby
	ticks   int
}

// nearbyTicks is how often the list is read: what a person sees as at once.
const nearbyTicks = 10

// watch keeps the list up to date. Screens that show it call it once a tick;
// those that do not need it any more call close.
func (n *nearby) watch(a *App) {
	if n.list == nil && n.failure == "" {
		n.open(a)
	}
	if n.list != nil && n.ticks%nearbyTicks == 0 {
		n.found = n.list.AppendFound(n.found[:0])
	}
	n.ticks++
}

func (n *nearby) open(a *App) {
	config := netcode.BrowseConfig{Game: netplay.Config().Game, Interfaces: a.config.Interfaces}
	if a.online != nil {
		config.Except = a.online.node
	}
	browse := n.browse
	if browse == nil {
		browse = func(c netcode.BrowseConfig) (lister, error) {
			b, err := netcode.Browse(c)
			if err != nil {
				return nil, err // and not a lister that holds a nil
			}
			return b, nil
		}
	}
	list, err := browse(config)
	if err != nil {
		n.failure = sentence(err.Error())
		return
	}
	n.list = list
}

// close stops looking and forgets what was found, and why there was no list:
// the next watch tries anew.
func (n *nearby) close() {
	if n.list != nil {
		n.list.Close()
	}
	n.list, n.failure, n.found, n.ticks = nil, "", n.found[:0], 0
}

// problem says why the list may miss lobbies; "" if nothing is wrong.
func (n *nearby) problem() string {
	if n.list == nil {
		return n.failure
	}
	if err := n.list.Err(); err != nil {
		return sentence(err.Error())
	}
	return ""
}

// emptyWords stand where the list would be.
func (n *nearby) emptyWords() string {
	if why := n.problem(); why != "" {
		return why
	}
	return "No lobby on this network yet. When a friend hosts one, it shows up here by itself."
}

// at returns the lobby with an address, if it is still on the list.
func (n *nearby) at(address string) (netcode.Nearby, bool) {
	for _, f := range n.found {
		if f.Address == address {
			return f, true
		}
	}
	return netcode.Nearby{}, false
}

// appendItems appends the rows of the list: lobbies that one can get into, then
// the others.
func (n *nearby) appendItems(dst []ui.ListItem) []ui.ListItem {
	return n.appendIf(false, n.appendIf(true, dst))
}

func (n *nearby) appendIf(open bool, dst []ui.ListItem) []ui.ListItem {
	for _, f := range n.found {
		if open != (lobbyBlocked(f) == "") {
			continue
		}
		item := ui.ListItem{Key: f.Address, Name: f.Name, About: f.Title, Locked: f.NeedsSecret, Eye: f.Watch, Faint: !open && !f.Watch}
		item.Note = fmt.Sprintf("%d of %d free", max(f.MaxSeats-f.Seats, 0), f.MaxSeats)
		switch {
		case f.Playing && f.Watch:
			item.Note = "watch, " + item.Note
		case f.Playing:
			item.Note = "playing, " + item.Note
		}
		item.Note = pingWords(f.RTT) + item.Note
		dst = append(dst, item)
	}
	return dst
}

// pingWords is the time to a lobby and back, before what else is said of it; "" as long
// as nothing is known.
func pingWords(rtt time.Duration) string {
	switch {
	case rtt <= 0:
		return ""
	case rtt < time.Millisecond:
		return "under 1 ms, "
	}
	return fmt.Sprintf("%d ms, ", rtt.Milliseconds())
}

// lobbyBlocked says why one cannot get into a lobby now, "" if one can.
func lobbyBlocked(f netcode.Nearby) string {
	if f.Seats >= f.MaxSeats {
		return f.Name + "'s lobby is full."
	}
	return ""
}

// hint is a line for the title screen; "" if there is nothing to tell.
func (n *nearby) hint() string {
	switch len(n.found) {
	case 0:
		return ""
	case 1:
		return n.found[0].Name + "'s lobby is on this network: Join a match"
	}
	return fmt.Sprintf("%d lobbies are on this network: Join a match", len(n.found))
}
