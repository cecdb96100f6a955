package pathfinder

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/visavis-netcode/visavis/nat/rendezvous"
)

const (
	tcpAfter = 1500 * time.Millisecond // without an answer over UDP
	tcpAgain = 3 * time.Second         // after TCP has failed
	tcpLost  = 4 * time.Second         // without an answer over TCP, which may hang for minutes
	tcpNext  = 250 * time.Millisecond  // until the next address is tried as well (RFC 8305 section 5)
)

// dialled is a TCP connection to one address of the server, or why there is none.
type dialled struct {
	addr   netip.AddrPort
	stream *rendezvous.Stream
	over   chan error // says when the server has hung up
	err    error
}

// mayDial reports whether TCP can be tried.
func (s *server) mayDial() bool { return !s.dialing && !s.f.config.NoTCP }

// dial tries TCP.
func (s *server) dial() {
	s.dialing = true
	f, addrs := s.f, slices.Clone(s.addrs)
	ctx, hangUp := context.WithCancel(f.ctx)
	f.spawn(func() {
		defer hangUp()
		d := f.dialAny(ctx, addrs)
		f.do(func() { s.dialled(d, hangUp) })
		if d.err != nil {
			return
		}
		select {
		case err := <-d.over:
			f.do(func() { s.ended(d.stream, err) })
		case <-ctx.Done():
		}
		d.stream.Close()
	})
}

// dialAny connects to the address that takes the connection first. The next one
// is tried when one has failed, or does not answer at once.
func (f *Finder) dialAny(ctx context.Context, addrs []netip.AddrPort) (won dialled) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan dialled, len(addrs))
	next := time.NewTimer(0)
	defer next.Stop()
	asked, open := 0, 0
	for won.stream == nil && (asked < len(addrs) || open > 0) {
		select {
		case <-next.C:
			if asked < len(addrs) {
				addr := addrs[asked]
				asked++
				open++
				go func() { answers <- f.dialOne(ctx, addr) }()
				next.Reset(tcpNext)
			}
		case d := <-answers:
			if open--; d.err == nil || won.err == nil {
				won = d
			}
			next.Reset(0)
		}
	}
	cancel()
	for ; open > 0; open-- {
		if late := <-answers; late.stream != nil {
			late.stream.Close()
		}
	}
	return won
}

func (f *Finder) dialOne(ctx context.Context, addr netip.AddrPort) dialled {
	d := dialled{addr: addr, over: make(chan error, 1)}
	d.stream, d.err = rendezvous.Dial(ctx, f.paths.Wire(addr).String(),
		func(b []byte) { f.paths.Deliver(b, addr) }, func(err error) { d.over <- err })
	return d
}

func (s *server) dialled(d dialled, hangUp context.CancelFunc) {
	s.dialing = false
	now := s.f.now()
	if d.err != nil {
		s.dialAfter = now + tcpAgain
		s.f.log.Debug("pathfinder: TCP", "err", d.err)
		return
	}
	s.hangUp = hangUp
	s.addr = d.addr
	s.change(now, d.stream)
}

func (s *server) ended(stream *rendezvous.Stream, err error) {
	if s.stream != stream {
		return
	}
	s.f.log.Debug("pathfinder: TCP", "err", err)
	s.change(s.f.now(), nil)
}
