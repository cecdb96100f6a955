// Command headless plays without a window: two bots, each a whole peer with a socket
// of its own, race over UDP on this machine. A server, a soak test or a bot that fills
// a seat looks like this. It does not import Ebitengine.
//
// Host and Join do the meeting in one call each. The loop is its own: it waits as long
// as Match.TickPeriod says (Config.CallerPaced), so the two stay at the same frame
// without ever skipping one.
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/visavis-netcode/visavis/netcode"
	"github.com/visavis-netcode/visavis/rollback"
)

// race is a world of two runners; who runs and stumbles is chance, in the world.
type race struct {
	Run  [2]int32
	Rand rollback.Rand
}

const goal = 400

type stride uint8 // what a runner does: any byte counts, 3 at most

func (r *race) Step(in rollback.Inputs[stride]) {
	for seat, s := range in.All() {
		if !r.Rand.OneIn(8) {
			r.Run[seat] += int32(min(s, 3))
		}
	}
}

func (r *race) over() bool { return r.Run[0] >= goal || r.Run[1] >= goal }

func game() netcode.Config[race, stride] {
	return netcode.Config[race, stride]{
		Game:  "race",
		Start: func(s netcode.Setup) race { return race{Rand: rollback.NewRand(s.Seed)} },
		Step:  (*race).Step, Over: (*race).over,
		MinSeats: 2, MaxSeats: 2, Absent: netcode.AbsentEnds, CallerPaced: true,
	}
}

// play ticks a match to its end. A bot looks at the world as a player would.
func play(m *netcode.Match[race, stride]) (netcode.Result, race) {
	me := m.LocalSeats()[0]
	for {
		w := m.World()
		status := m.Tick(stride(2 + (w.Run[me]/50+int32(me))%2))
		if status.Over {
			result, _ := m.Result()
			final, _ := m.FinalWorld()
			return result, *final
		}
		time.Sleep(m.TickPeriod())
	}
}

// peer meets the other by meet and says how the race ended for it.
func peer(name string, address string, meet func(netcode.MeetConfig) (*netcode.Match[race, stride], error)) error {
	_, key, err := ed25519.GenerateKey(rand.Reader) // a bot is nobody in particular
	if err != nil {
		return err
	}
	match, err := meet(netcode.MeetConfig{Node: netcode.NodeConfig{Addr: address, Name: name, Key: key}})
	if err != nil {
		return err
	}
	defer match.Close()
	result, final := play(match)
	if result.Err != nil {
		return result.Err
	}
	fmt.Printf("%s: %d to %d after %d frames, agreed %v, hash %016x\n", name, final.Run[0], final.Run[1], result.Frame, result.Agreed, result.Hash)
	return nil
}

// freeAddress is where nobody listens on this machine, and where the system puts nobody who lets it
// choose: the guest does.
func freeAddress() (address string, err error) {
	for port := 20000; port < 30000; port++ {
		conn, failed := net.ListenPacket("udp", fmt.Sprint("127.0.0.1:", port))
		if err = failed; err == nil {
			defer conn.Close()
			return conn.LocalAddr().String(), nil
		}
	}
	return "", err
}

func run() error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	guest := make(chan error, 1)
	go func() {
		guest <- peer("Ben", "127.0.0.1:0", func(meet netcode.MeetConfig) (*netcode.Match[race, stride], error) {
			return netcode.Join(ctx, address, game(), meet)
		})
	}()
	if err := peer("Ana", address, func(meet netcode.MeetConfig) (*netcode.Match[race, stride], error) {
		return netcode.Host(ctx, 2, game(), meet)
	}); err != nil {
		return err
	}
	return <-guest
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "headless:", err)
		os.Exit(1)
	}
}
