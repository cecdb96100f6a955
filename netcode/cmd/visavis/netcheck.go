package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/visavis-netcode/visavis/nat/turn"
	"github.com/visavis-netcode/visavis/netcode"
)

// netcheckCommand asks the servers and the router, and prints what they said.
func netcheckCommand(args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("visavis netcheck", flag.ContinueOnError)
	flags.SetOutput(errs)
	listen := flags.String("listen", "", "UDP `ADDR` to ask from (default: any port)")
	stun := flags.String("stun", strings.Join(netcode.PublicSTUN, ","), "STUN servers to ask, `HOST:PORT,...`")
	rendezvous := flags.String("rendezvous", "", "rendezvous server to ask, `HOST:PORT`")
	turns := flags.String("turn", "", "TURN servers to ask for an address, `turn:USER:PASSWORD@HOST:PORT?transport=udp|tcp|tls,...`")
	portMap := flags.Bool("portmap", true, "ask the router to forward a port")
	wait := flags.Duration("wait", 4*time.Second, "how long to wait for answers")
	if err := flags.Parse(args); err != nil {
		if err == flag.ErrHelp {
			return err
		}
		return errUsage
	}
	if flags.NArg() > 0 {
		fmt.Fprintln(errs, "visavis netcheck: there is nothing behind the flags")
		return errUsage
	}
	lines, err := tryTURN(*turns)
	if err != nil {
		return err
	}
	_, key, err := ed25519.GenerateKey(rand.Reader) // nobody is met: the player's identity stays out of it
	if err != nil {
		return err
	}
	config := netcode.NodeConfig{Addr: *listen, Key: key, Rendezvous: *rendezvous, PortMap: *portMap}
	if *stun != "" {
		config.STUN = strings.Split(*stun, ",")
	}
	node, err := netcode.Listen(config)
	if err != nil {
		return err
	}
	defer node.Close()
	for deadline := time.Now().Add(*wait); time.Now().Before(deadline); {
		node.Wait(time.Until(deadline))
	}
	fmt.Fprintln(out, node.Report())
	for _, line := range lines {
		fmt.Fprintln(out, <-line)
	}
	return nil
}

// tryTURN asks each server of a list for an address, all at once, and gives a line
// about each.
func tryTURN(list string) (lines []chan string, err error) {
	if list == "" {
		return nil, nil
	}
	for text := range strings.SplitSeq(list, ",") {
		server, err := turn.Parse(text)
		if err != nil {
			return nil, err
		}
		line := make(chan string, 1)
		lines = append(lines, line)
		go func() {
			began := time.Now()
			addr, err := turn.Try(context.Background(), server)
			if err != nil {
				line <- err.Error()
				return
			}
			line <- fmt.Sprintf("The TURN server %s passes packets on from %v; it took %d ms to ask.", server, addr, time.Since(began).Milliseconds())
		}()
	}
	return lines, nil
}
