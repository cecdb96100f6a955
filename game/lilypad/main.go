// Command lilypad is Lilypad Scrum: frogs with silly hats snap flies and push
// each other into the water, alone against bots or with friends, from machine
// to machine.
//
//	go run ./game/lilypad                    title screen
//	go run ./game/lilypad -host              open a lobby
//	go run ./game/lilypad lilypad:HOST:PORT#FINGERPRINT        join by a link that a friend has sent
//	go run ./game/lilypad -join HOST:PORT#FINGERPRINT
//	go run ./game/lilypad -watch HOST:PORT#FINGERPRINT
//	go run ./game/lilypad -replay FILE       a recorded match
//	go run ./game/lilypad -join K7QF-3MX9-TD4W -rendezvous HOST:PORT
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/netplay"
	"github.com/visavis-netcode/visavis/game/lilypad/screens"
	"github.com/visavis-netcode/visavis/netcode"
)

func main() {
	var c screens.Config
	flag.BoolVar(&c.Host, "host", false, "open a lobby at once")
	flag.StringVar(&c.Join, "join", "", "join the match at `ADDRESS` (a link, a code, an invite, host:port or host:port#fingerprint) at once")
	flag.StringVar(&c.Watch, "watch", "", "watch the matches of the lobby at `ADDRESS` (as for -join) at once")
	flag.StringVar(&c.Replay, "replay", "", "play the recorded match in `FILE` at once")
	flag.StringVar(&c.Name, "name", "", "your name, for this run; the first start then does not ask for one")
	flag.StringVar(&c.Addr, "addr", ":7777", "UDP address to play on; if the port is taken, any is used")
	flag.StringVar(&c.Rendezvous, "rendezvous", "", "rendezvous server `ADDR` (host:port) for codes; the settings' if empty")
	stun := flag.String("stun", strings.Join(netcode.PublicSTUN[:3], ","), "STUN servers `ADDR,...` (host:port) that tell this machine its public address; none asks nobody")
	turn := flag.String("turn", "", "TURN servers `turn:USER:PASSWORD@HOST:PORT?transport=udp|tcp|tls,...` that pass packets on; the settings' if empty")
	flag.BoolVar(&c.Mute, "mute", false, "no sound")
	flag.Uint64Var(&c.Seed, "seed", 0, "seed of the rounds; 0 is random")
	flag.StringVar(&c.ShotDir, "screenshot-dir", "", "folder for the pictures of F12; the current one if empty")
	windowed := flag.String("windowed", "", "window size for this run, for example 1280x720; overrides full screen")
	settings := flag.String("settings", "", "settings file; the usual one if empty, \"none\" keeps nothing")
	script := flag.String("script", "", "`FILE` of keys to press by itself (see screens.Script)")
	flag.Parse()
	if flag.NArg() > 0 {
		link, ok := netplay.FindLink(strings.Join(flag.Args(), " "))
		if !ok || c.Join != "" {
			fmt.Fprintf(os.Stderr, "lilypad: what does %q mean? Beside what begins with a dash it understands one link, such as lilypad:192.168.1.5:7777\n", strings.Join(flag.Args(), " "))
			os.Exit(2)
		}
		c.Join = link.String()
	}
	if *stun != "" && *stun != "none" {
		c.STUN = strings.Split(*stun, ",")
	}
	if *turn != "" {
		c.TURN = strings.Split(*turn, ",")
	}

	if err := run(c, *windowed, *settings, *script); err != nil {
		fmt.Fprintln(os.Stderr, "lilypad:", err)
		var trouble *game.Trouble
		if errors.As(err, &trouble) {
			fmt.Fprintln(os.Stderr, "To see it play without a window: go run ./game/lilypad/cmd/lilybot -demo")
		}
		os.Exit(1)
	}
}

func run(c screens.Config, windowed, settings, script string) error {
	c.Store = game.UserStore("lilypad", screens.SettingsVersion)
	switch settings {
	case "":
	case "none":
		c.Store.Path = ""
	default:
		c.Store.Path = settings
	}
	if script != "" {
		f, err := os.Open(script)
		if err != nil {
			return err
		}
		defer f.Close()
		if c.Script, err = screens.ReadScript(f); err != nil {
			return err
		}
	}
	if windowed != "" {
		if _, err := fmt.Sscanf(windowed, "%dx%d", &c.Window.X, &c.Window.Y); err != nil || c.Window.X < 160 || c.Window.Y < 90 {
			return fmt.Errorf("-windowed wants a size like 1280x720, not %q", windowed)
		}
	}
	app := screens.New(c)
	defer app.Close()
	return app.Run()
}
