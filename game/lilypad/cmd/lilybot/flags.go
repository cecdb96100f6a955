package main

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/visavis-netcode/visavis/netcode"
)

// modes are the flags of which one says what it does.
var modes = []string{"host", "join", "watch", "demo", "replay"}

// goesWith are the modes in which a flag counts, of all that do not count in each. With any other it
// would be passed over in silence: it is refused.
var goesWith = map[string][]string{
	"absent":      {"host", "join"},
	"beside":      {"replay"},
	"code":        {"host"},
	"frames":      {"host", "join", "demo"},
	"from":        {"replay"},
	"identity":    {"host", "join", "watch"},
	"interface":   {"host", "join", "watch"},
	"invite":      {"host"},
	"json":        {"replay"},
	"lan":         {"host"},
	"late":        {"host", "join"},
	"leave-after": {"host", "join"},
	"level":       {"host", "join"},
	"listen":      {"host", "join", "watch"},
	"name":        {"host", "join", "watch"},
	"pass-on":     {"host", "join", "watch"},
	"players":     {"host", "join"},
	"portmap":     {"host", "join", "watch"},
	"record":      {"host", "join"},
	"relay":       {"host", "join", "watch"},
	"rendezvous":  {"host", "join", "watch"},
	"report":      {"host", "join"},
	"round":       {"host", "join"},
	"secret":      {"host", "join", "watch"},
	"seed":        {"host", "join", "demo"},
	"spectators":  {"host"},
	"stun":        {"host", "join", "watch"},
	"to":          {"replay"},
	"turn":        {"host", "join", "watch"},
	"v":           {"host", "join", "watch"},
	"wait":        {"join", "watch"},
	"watch-delay": {"host"},
}

// hostsWord are the flags that a host decides for all. One who joins may say them as well, for the
// same line may start all bots of a match, and reads what they come to: some count when he hosts,
// because the host is gone.
var hostsWord = map[string]string{
	"absent": "counts only if this bot comes to host", "frames": "counts only if this bot comes to host",
	"late": "counts only if this bot comes to host", "seed": "counts only if this bot comes to host",
	"players": "changes nothing here", "round": "changes nothing here",
}

// given are the flags that the command line has.
func given(f *flag.FlagSet) map[string]string {
	all := map[string]string{}
	f.Visit(func(one *flag.Flag) { all[one.Name] = one.Value.String() })
	return all
}

// misfit says in a sentence which flag does not go with what is to be done, or with another one.
func (o *options) misfit(f *flag.FlagSet) error {
	has := given(f)
	what := ""
	for _, m := range modes {
		if value, on := has[m]; on && value != "false" {
			what = m
		}
	}
	var names []string
	f.Visit(func(one *flag.Flag) { names = append(names, one.Name) })
	for _, name := range names {
		switch with := goesWith[name]; {
		case with != nil && !slices.Contains(with, what):
			return fmt.Errorf("-%s goes with %s: with -%s it would change nothing", name, dashed(with), what)
		case wantsWords[name] && has[name] == "":
			return fmt.Errorf("-%s has nothing behind it: say what it is to be, or leave it out", name)
		}
	}
	return o.clash(has)
}

// wantsWords are the flags that mean nothing, or something else than was meant, when they are empty.
var wantsWords = map[string]bool{
	"beside": true, "identity": true, "join": true, "listen": true, "name": true, "record": true,
	"rendezvous": true, "replay": true, "report": true, "secret": true, "watch": true,
}

// clash says in a sentence which two flags do not go together.
func (o *options) clash(has map[string]string) error {
	on := func(name string) bool { _, is := has[name]; return is }
	switch {
	case on("beside") && (on("from") || on("to")):
		return errors.New("-beside compares two recordings as far as both go: it knows no -from and no -to")
	case on("to") && o.to > 0 && o.to <= o.from:
		return fmt.Errorf("-from %d -to %d is no frame at all: -to is the first that is not looked at any more", o.from, o.to)
	case on("wait") && o.join != nearby && o.watch != nearby:
		return errors.New("-wait goes with -join lan and -watch lan: an address is tried for as long as it may take")
	case on("interface") && !o.lan && o.join != nearby && o.watch != nearby:
		return errors.New("-interface goes with -host -lan, -join lan and -watch lan")
	case slices.Contains(o.interfaces, ""):
		return errors.New("-interface has a name missing: say eth0, or eth0,wlan0")
	case on("watch-delay") && o.spectators == netcode.SpectatorsNone:
		return errors.New("-watch-delay goes with -spectators open or code: else nobody may watch")
	case on("late") && o.absent == netcode.AbsentEnds && o.late != netcode.LateNever:
		return errors.New("-late own and any do not go with -absent end: with whoever is lost the match ends, and there is nothing to come into")
	}
	return nil
}

// unheeded are sentences on the flags that do not count, because the host decides them.
func (o *options) unheeded(f *flag.FlagSet) (sentences []string) {
	f.Visit(func(one *flag.Flag) {
		if words := hostsWord[one.Name]; words != "" && o.join != "" {
			sentences = append(sentences, fmt.Sprintf("-%s is the host's word: it %s", one.Name, words))
		}
	})
	return sentences
}

// dashed lists flags.
func dashed(names []string) string {
	list := "-" + strings.Join(names, ", -")
	if i := strings.LastIndex(list, ", "); i >= 0 {
		list = list[:i] + " and " + list[i+2:]
	}
	return list
}
