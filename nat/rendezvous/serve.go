package rendezvous

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// ServeConfig is what Serve needs besides the state machine.
type ServeConfig struct {
	Server ServerConfig

	// Second, if not nil, answers STUN besides: it is the socket that
	// Server.Second names. Serve closes it.
	Second UDP

	MaxStreams          int // TCP connections at a time, 1,024 by default; further ones are hung up on
	MaxStreamsPerSource int // of one IPv4 address or IPv6 /64: 16 by default

	// Report, if not nil, is called with the counts once every ReportEvery.
	Report      func(Stats)
	ReportEvery time.Duration // a minute by default
}

// UDP is what Serve needs of a socket; a *net.UDPConn has it.
type UDP interface {
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
	Close() error
}

// Serve answers on a UDP socket and, unless it is nil, a TCP listener, until ctx
// ends or a UDP socket fails. It closes all of them. The error is nil if ctx ended.
func Serve(ctx context.Context, config ServeConfig, udp UDP, tcp net.Listener) error {
	if config.MaxStreams == 0 {
		config.MaxStreams = 1024
	}
	if config.MaxStreamsPerSource == 0 {
		config.MaxStreamsPerSource = 16
	}
	if config.ReportEvery == 0 {
		config.ReportEvery = time.Minute
	}
	server, err := NewServer(config.Server)
	if err != nil {
		udp.Close()
		if config.Second != nil {
			config.Second.Close()
		}
		if tcp != nil {
			tcp.Close()
		}
		return err
	}
	v := &service{config: config, server: server, udp: udp, tcp: tcp, start: time.Now(),
		streams: map[uint64]*Stream{}, perSource: map[netip.Addr]int{}}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	running.Go(func() { v.ticks(ctx) })
	if tcp != nil {
		running.Go(func() { v.accept(ctx) })
	}
	running.Go(func() {
		<-ctx.Done()
		v.close()
	})
	failed := make(chan error, 2)
	running.Go(func() { failed <- v.readUDP(udp, false) })
	if config.Second != nil {
		running.Go(func() { failed <- v.readUDP(config.Second, true) })
	}
	err = <-failed
	if ctx.Err() != nil {
		err = nil
	}
	cancel()
	running.Wait()
	v.handlers.Wait()
	return err
}

// service drives a Server.
type service struct {
	config   ServeConfig
	udp      UDP
	tcp      net.Listener
	start    time.Time
	handlers sync.WaitGroup

	mu        sync.Mutex // guards all below
	server    *Server
	sends     []Send
	closed    bool
	next      uint64 // number of the last stream
	streams   map[uint64]*Stream
	perSource map[netip.Addr]int
}

// do lets the server act, and sends what it wants sent.
func (v *service) do(act func(now time.Duration)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	act(time.Since(v.start))
	v.sends = v.server.AppendSends(v.sends[:0])
	for _, s := range v.sends {
		if s.To.Stream != 0 {
			if stream := v.streams[s.To.Stream]; stream != nil {
				stream.Send(s.Data)
			}
			continue
		}
		socket := v.udp
		if s.To.Second {
			socket = v.config.Second
		}
		socket.WriteToUDPAddrPort(s.Data, s.To.Addr) // what cannot be sent is lost
	}
}

// maxReadErrors is how many reads in a row may fail before the socket is taken
// for broken. Other computers' ICMP messages are such failures on some systems.
const maxReadErrors = 1000

func (v *service) readUDP(socket UDP, second bool) error {
	var b [MaxPacket + 1]byte // one more, so that what is too long is seen to be
	for failed := 0; ; {
		n, from, err := socket.ReadFromUDPAddrPort(b[:])
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		if err != nil {
			if failed++; failed >= maxReadErrors {
				return fmt.Errorf("the UDP socket is broken: %w", err)
			}
			continue
		}
		failed = 0
		v.do(func(now time.Duration) { v.server.Packet(now, Source{Addr: from, Second: second}, b[:n]) })
	}
}

func (v *service) ticks(ctx context.Context) {
	advance := time.NewTicker(time.Second)
	defer advance.Stop()
	report := time.NewTicker(v.config.ReportEvery)
	defer report.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-advance.C:
			v.do(v.server.Advance)
		case <-report.C:
			if v.config.Report != nil {
				var stats Stats
				v.do(func(time.Duration) { stats = v.server.Stats() })
				v.config.Report(stats)
			}
		}
	}
}

func (v *service) close() {
	v.udp.Close()
	if v.config.Second != nil {
		v.config.Second.Close()
	}
	if v.tcp != nil {
		v.tcp.Close()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	for _, s := range v.streams {
		s.hangUp()
	}
}

// accept takes connections. When it cannot (no descriptors left, say) it waits
// a little: those that are open still work.
func (v *service) accept(ctx context.Context) {
	for {
		conn, err := v.tcp.Accept()
		switch {
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			if err == nil {
				conn.Close()
			}
			return
		case err != nil:
			select {
			case <-ctx.Done():
			case <-time.After(100 * time.Millisecond):
			}
		default:
			v.handlers.Go(func() { v.serve(conn) })
		}
	}
}

// serve carries one connection.
func (v *service) serve(conn net.Conn) {
	defer conn.Close()
	remote, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return
	}
	stream, number := v.admit(conn, remote.AddrPort().Addr())
	if stream == nil {
		return
	}
	defer v.release(stream, number, remote.AddrPort().Addr())
	from := Source{Addr: remote.AddrPort(), Stream: number}
	var b [MaxPacket]byte
	reader := newFrameReader(conn)
	for {
		conn.SetReadDeadline(time.Now().Add(streamIdle))
		packet, err := readFrame(reader, b[:])
		if err != nil {
			return
		}
		v.do(func(now time.Duration) { v.server.Packet(now, from, packet) })
	}
}

// admit counts a connection and starts its writer; nil if there are too many.
func (v *service) admit(conn net.Conn, from netip.Addr) (*Stream, uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	who := block(from)
	if v.closed || len(v.streams) >= v.config.MaxStreams || v.perSource[who] >= v.config.MaxStreamsPerSource {
		return nil, 0
	}
	v.next++
	v.perSource[who]++
	s := newStream(conn)
	v.streams[v.next] = s
	return s, v.next
}

func (v *service) release(s *Stream, number uint64, from netip.Addr) {
	v.mu.Lock()
	delete(v.streams, number)
	who := block(from)
	if v.perSource[who]--; v.perSource[who] <= 0 {
		delete(v.perSource, who)
	}
	v.mu.Unlock()
	s.Close()
}

// newFrameReader spares a system call for each length.
func newFrameReader(conn net.Conn) io.Reader { return bufio.NewReaderSize(conn, 2+MaxPacket) }
