package icebench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/stun/v4"

	"github.com/visavis-netcode/visavis/netcode/internal/natboard"
)

// stunServers is how many an agent asks: what is usual.
const stunServers = 3

// Play is the program of a player who uses pion/ice: see natboard.Order.
func Play() {
	orders := json.NewDecoder(bufio.NewReader(os.Stdin))
	for {
		var o natboard.Order
		if orders.Decode(&o) != nil {
			return
		}
		p := &player{tell: json.NewEncoder(os.Stdout), guest: o.Do == "guest"}
		if err := p.once(orders, o); err != nil {
			p.say(natboard.Line{Err: err.Error()})
			for o.Do != "end" && orders.Decode(&o) == nil {
			}
		}
		p.close()
		p.say(natboard.Line{Ended: true})
	}
}

// player is one agent.
type player struct {
	agent *ice.Agent
	guest bool
	stop  context.CancelFunc
	tasks sync.WaitGroup

	mu   sync.Mutex // guards all below
	tell *json.Encoder
	path string
}

// offer is what the players tell each other.
type offer struct {
	Name, Password string
	Candidates     []string
}

func (p *player) say(l natboard.Line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.tell.Encode(l)
}

func (p *player) close() {
	if p.stop != nil {
		p.stop()
	}
	if p.agent != nil {
		_ = p.agent.Close()
	}
	p.tasks.Wait()
}

// once plays until the order to end.
func (p *player) once(orders *json.Decoder, o natboard.Order) error {
	ours, err := p.gather(o.Servers)
	if err != nil {
		return err
	}
	if p.guest {
		p.say(natboard.Line{Say: ours})
	} else {
		p.say(natboard.Line{Say: "ready"})
	}
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	for {
		if err := orders.Decode(&o); err != nil {
			return err
		}
		switch o.Do {
		case "end":
			return nil
		case "hear":
			if !p.guest {
				p.say(natboard.Line{Say: ours})
			}
			var theirs offer
			if err := json.Unmarshal([]byte(o.Heard), &theirs); err != nil {
				return err
			}
			p.tasks.Go(func() { p.connect(ctx, theirs) })
		}
	}
}

// gather makes the agent and waits for all its candidates.
func (p *player) gather(servers natboard.Servers) (string, error) {
	var urls []*stun.URI
	for _, addr := range servers.STUN[:min(len(servers.STUN), stunServers)] {
		url, err := stun.ParseURI("stun:" + addr)
		if err != nil {
			return "", err
		}
		urls = append(urls, url)
	}
	for _, addr := range servers.TURN {
		url, err := stun.ParseURI(addr)
		if err != nil {
			return "", err
		}
		url.Username, url.Password = turnUser, turnPassword
		urls = append(urls, url)
	}
	var err error
	p.agent, err = ice.NewAgentWithOptions(ice.WithUrls(urls), ice.WithMulticastDNSMode(ice.MulticastDNSModeDisabled),
		ice.WithNetworkTypes([]ice.NetworkType{ice.NetworkTypeUDP4}),
		ice.WithTURNTransportProtocols([]ice.NetworkType{ice.NetworkTypeUDP4, ice.NetworkTypeTCP4}))
	if err != nil {
		return "", err
	}
	var ours offer
	done := make(chan struct{})
	err = p.agent.OnCandidate(func(c ice.Candidate) {
		if c == nil {
			close(done)
			return
		}
		ours.Candidates = append(ours.Candidates, c.Marshal())
	})
	if err == nil {
		err = p.agent.GatherCandidates()
	}
	if err != nil {
		return "", err
	}
	<-done
	if ours.Name, ours.Password, err = p.agent.GetLocalUserCredentials(); err != nil {
		return "", err
	}
	b, err := json.Marshal(ours)
	return string(b), err
}

// connect looks for a path and exchanges packets by it.
func (p *player) connect(ctx context.Context, theirs offer) {
	start := time.Now()
	err := p.agent.OnSelectedCandidatePairChange(func(a, b ice.Candidate) { p.selected(a, b) })
	for _, text := range theirs.Candidates {
		var c ice.Candidate
		if c, err = ice.UnmarshalCandidate(text); err == nil {
			err = p.agent.AddRemoteCandidate(c)
		}
		if err != nil {
			p.say(natboard.Line{Err: err.Error()})
			return
		}
	}
	var conn *ice.Conn
	if p.guest {
		conn, err = p.agent.Dial(ctx, theirs.Name, theirs.Password)
	} else {
		conn, err = p.agent.Accept(ctx, theirs.Name, theirs.Password)
	}
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		p.say(natboard.Line{Err: fmt.Sprint("pion/ice: ", err)})
		return
	}
	p.tasks.Go(func() { send(ctx, conn) })
	var b [1500]byte
	if _, err := conn.Read(b[:]); err != nil {
		if ctx.Err() == nil {
			p.say(natboard.Line{Err: fmt.Sprint("pion/ice: ", err)})
		}
		return
	}
	p.say(natboard.Line{InputMs: float64(time.Since(start).Microseconds()) / 1000})
	p.mu.Lock()
	_ = p.tell.Encode(natboard.Line{Path: p.path})
	p.mu.Unlock()
	p.say(natboard.Line{Agreed: true})
}

// send sends as a match does.
func send(ctx context.Context, conn *ice.Conn) {
	tick := time.NewTicker(time.Second / 60)
	defer tick.Stop()
	for {
		if _, err := conn.Write([]byte("input")); err != nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// selected tells of the path that is used from now on.
func (p *player) selected(ours, theirs ice.Candidate) {
	kinds := []ice.CandidateType{ours.Type(), theirs.Type()}
	path := "direct"
	switch {
	case slices.Contains(kinds, ice.CandidateTypeRelay):
		path = "turn"
	case kinds[0] == ice.CandidateTypeHost && kinds[1] == ice.CandidateTypeHost:
		path = "lan"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.path = path
	_ = p.tell.Encode(natboard.Line{Path: path})
}
