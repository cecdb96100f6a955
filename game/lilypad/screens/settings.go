package screens

import (
	"image"
	"strings"
	"unicode"

	"github.com/visavis-netcode/visavis/netcode"
)

// Settings are what the player has chosen, kept between runs.
type Settings struct {
	Name        string `json:"name"`   // "": the player has not been asked yet
	Volume      int    `json:"volume"` // percent
	Mute        bool   `json:"mute"`
	ReduceFlash bool   `json:"reduce_flash"`
	HoldToMash  bool   `json:"hold_to_mash"`
	LargeText   bool   `json:"large_text"`
	Fullscreen  bool   `json:"fullscreen"`
	WholePixels bool   `json:"whole_pixels"` // see game.Canvas
	Vsync       bool   `json:"vsync"`

	Window image.Point `json:"window"` // its size, in the system's pixels

	Plain   bool       `json:"plain"`   // no effects: see scene.View
	Effects int        `json:"effects"` // volume of the effects, percent of Volume
	Music   int        `json:"music"`   // and of the music
	Delay   int        `json:"delay"`   // input delay in frames and one more; 0 is automatic
	Looks   [2]LookSet `json:"looks"`   // what the frogs of the players here look like

	Keys [keyboards]keyMap `json:"keys"`
	Pad  keyMap            `json:"pad"`

	PlayersHere int  `json:"players_here"` // 0: one, 1: two on one keyboard
	Frogs       int  `json:"frogs"`        // index of frogChoices
	Bots        int  `json:"opponents"`    // index of botChoices
	Won         bool `json:"won"`          // a round against bots
	Taught      bool `json:"taught"`       // has seen how to play
	Hinted      bool `json:"hinted"`       // has had key caps over the frog
	Length      int  `json:"length"`       // index of lengthChoices
	Rounds      int  `json:"rounds"`       // index of roundChoices
	Pond        int  `json:"pond"`         // index of pondChoices
	Teams       bool `json:"teams"`        // of two
	Graph       int  `json:"graph"`        // a game.GraphMode

	ShowLAN    bool   `json:"show_lan"`    // hosting: on the list of the local network
	Title      string `json:"title"`       // what that list calls this player's lobby
	Secret     string `json:"secret"`      // of this player's lobby; "" lets everybody in
	Spectators int    `json:"spectators"`  // index of spectatorChoices
	WatchDelay int    `json:"watch_delay"` // how far behind the players they are who watch, in seconds
	Relay      int    `json:"relay"`       // index of relayNames
	PassOn     bool   `json:"pass_on"`     // packets of two others who have no direct way
	LastHost   string `json:"last_host"`   // what was typed to join last
	Met        bool   `json:"met"`         // has played with others before

	Rendezvous string `json:"rendezvous"` // host:port of the server for codes; "" is none
	TURN       string `json:"turn"`       // turn:USER:PASSWORD@HOST:PORT?transport=udp,... of servers that relay; "" is none
}

// LookSet is what a player has chosen to look like.
type LookSet struct {
	Colour int `json:"colour"` // index of colourNames
	Hat    int `json:"hat"`    // index of hatNames
}

// maxDelayFrames is the longest input delay that is offered by hand.
const maxDelayFrames = 8

// SettingsVersion counts changes of meaning.
const SettingsVersion = 1

func defaultSettings() Settings {
	return Settings{Vsync: true, Window: windowSizes[1], Keys: defaultKeys, Pad: defaultPad, Volume: 70, Effects: 100, Music: 55, Frogs: 2, Length: 2, ShowLAN: true, PassOn: true, Spectators: 1, WatchDelay: 3}
}

// maxNameRunes is what fits on a frog.
const maxNameRunes = 12

// What fits on the screens; netcode takes titles of 48 bytes.
const (
	maxTitleRunes  = 24
	maxSecretRunes = 24
	maxServerRunes = 80
	maxTURNRunes   = 250
)

// cleanName keeps what a name may hold: printable, no outer space, short. Nothing
// of it may be left.
func cleanName(name string) string {
	var out []rune
	for _, r := range strings.TrimSpace(name) {
		if unicode.IsPrint(r) && len(out) < maxNameRunes {
			out = append(out, r)
		}
	}
	return strings.TrimSpace(string(out))
}

// sane brings values from a file that somebody edited back into range.
func (s *Settings) sane() {
	s.Name = cleanName(s.Name)
	s.Volume = min(max(s.Volume, 0), 100)
	s.Effects, s.Music = min(max(s.Effects, 0), 100), min(max(s.Music, 0), 100)
	s.Delay = inside(s.Delay, maxDelayFrames+2)
	for i := range s.Looks {
		s.Looks[i] = LookSet{inside(s.Looks[i].Colour, len(colourNames)), inside(s.Looks[i].Hat, len(hatNames))}
	}
	for i := range s.Keys {
		s.Keys[i] = s.Keys[i].sane(defaultKeys[i], func(name string) bool { _, ok := keyOf(name); return ok })
	}
	s.Pad = s.Pad.sane(defaultPad, func(name string) bool { _, ok := padButtonOf(name); return ok })
	s.Window = saneWindow(s.Window)
	s.PlayersHere = min(max(s.PlayersHere, 0), 1)
	s.Frogs = inside(s.Frogs, len(frogChoices))
	s.Bots = inside(s.Bots, len(botChoices))
	s.Length = inside(s.Length, len(lengthChoices))
	s.Rounds, s.Pond = inside(s.Rounds, len(roundChoices)), inside(s.Pond, len(pondChoices))
	s.Graph = inside(s.Graph, 3)
	s.Title, s.Secret = firstRunes(s.Title, maxTitleRunes), firstRunes(s.Secret, maxSecretRunes)
	s.Relay = inside(s.Relay, len(relayNames))
	s.Spectators, s.WatchDelay = inside(s.Spectators, len(spectatorChoices)), inside(s.WatchDelay, maxWatchDelay+1)
	s.Rendezvous = strings.TrimSpace(firstRunes(s.Rendezvous, maxServerRunes))
	s.TURN = strings.TrimSpace(firstRunes(s.TURN, maxTURNRunes))
	if len(s.LastHost) > 200 {
		s.LastHost = ""
	}
}

func inside(index, n int) int { return min(max(index, 0), n-1) }

// hides reports whether the player wants the address of this machine hidden from others.
func (s *Settings) hides() bool { return relayChoice[s.Relay] == netcode.RelayOnly }

func (s *Settings) textSize() int {
	if s.LargeText {
		return 2
	}
	return 1
}
