package scoreboard

import (
	"crypto/sha256"
	"time"

	"github.com/visavis-netcode/visavis/netcode/internal/link"
	"github.com/visavis-netcode/visavis/netcode/internal/memlink"
)

// overMemory plays a row once over memory links.
func overMemory(r row, seed uint64) ([]Result, error) {
	if r.small {
		return playOverMemory[uint8](r, seed)
	}
	return playOverMemory[uint32](r, seed)
}

func playOverMemory[I input](r row, seed uint64) ([]Result, error) {
	network := memlink.NewNetwork(seed, r.players)
	network.SetConditions(r.link)
	endpoints := make([]link.Endpoint, r.players)
	for i := range endpoints {
		endpoints[i] = network.NewEndpoint(link.Key(sha256.Sum256([]byte{byte(i)})))
	}
	ct, err := newContest[I](r, network, endpoints)
	if err != nil {
		return nil, err
	}
	ct.running = func(now time.Duration) {
		if r.dark == 0 {
			return
		}
		for from := range r.players {
			for to := range r.players {
				if r.blackout(from, to, darkFrom) {
					network.Path(from, to).Blackout(now+darkFrom, now+darkFrom+r.dark)
				}
			}
		}
	}
	return ct.play()
}
