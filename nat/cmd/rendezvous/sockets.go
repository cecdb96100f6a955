package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"syscall"
)

// sockets are all that the server listens on.
type sockets struct {
	udp    *net.UDPConn
	tcp    net.Listener
	second *net.UDPConn // nil for none
}

// open listens on the same port of UDP and TCP, and on the second of UDP.
func open(listen, second string, words io.Writer) (*sockets, error) {
	s, err := openPair(listen)
	if err != nil {
		return nil, err
	}
	if s.second, err = openSecond(second, s.udp.LocalAddr().(*net.UDPAddr), words); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *sockets) close() {
	s.udp.Close()
	s.tcp.Close()
	if s.second != nil {
		s.second.Close()
	}
}

// announced is where players find the second socket: at the address that they
// asked, unless it has another one of its own.
func (s *sockets) announced() netip.AddrPort {
	first, second := addrOf(s.udp), addrOf(s.second)
	if second.Addr().IsUnspecified() || second.Addr() == first.Addr() {
		return netip.AddrPortFrom(netip.IPv4Unspecified(), second.Port())
	}
	return second
}

func addrOf(udp *net.UDPConn) netip.AddrPort {
	addr := udp.LocalAddr().(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())
}

// openPair: any free port of UDP may be taken on TCP, so then it tries a few.
func openPair(listen string) (*sockets, error) {
	addr, err := net.ResolveUDPAddr("udp", listen)
	if err != nil {
		return nil, fmt.Errorf("-listen %s is no address such as :3478 or 192.0.2.1:3478: %w", listen, err)
	}
	for try := 1; ; try++ {
		udp, err := net.ListenUDP("udp", addr)
		if err != nil {
			return nil, cannot("UDP", listen, "-listen", err)
		}
		tcp, err := net.Listen("tcp", (&net.TCPAddr{IP: addr.IP, Zone: addr.Zone, Port: udp.LocalAddr().(*net.UDPAddr).Port}).String())
		if err == nil {
			return &sockets{udp: udp, tcp: tcp}, nil
		}
		udp.Close()
		if addr.Port != 0 || try == 10 {
			return nil, cannot("TCP", listen, "-listen", err)
		}
	}
}

// openSecond opens the socket of the second opinion about routers; nil if there
// is to be none. That the next port is taken is said in words and no error: all
// but that opinion works.
func openSecond(second string, first *net.UDPAddr, words io.Writer) (*net.UDPConn, error) {
	addr := &net.UDPAddr{IP: first.IP, Zone: first.Zone, Port: first.Port + 1}
	switch second {
	case "none":
		return nil, nil
	case "next":
		udp, err := net.ListenUDP("udp", addr)
		if err != nil {
			fmt.Fprintf(words, "rendezvous: cannot listen on UDP port %d too (%v): players who know no other STUN server cannot tell "+
				"whether their router is symmetric, so more of them need the relay. Choose another port with -second.\n", addr.Port, err)
			return nil, nil
		}
		return udp, nil
	}
	addr, err := net.ResolveUDPAddr("udp", second)
	if err != nil {
		return nil, fmt.Errorf("-second %s is no address such as :3479 or 192.0.2.2:3478: %w", second, err)
	}
	udp, err := net.ListenUDP("udp", addr)
	if err != nil {
		return nil, cannot("UDP", second, "-second", err)
	}
	return udp, nil
}

func cannot(network, addr, option string, err error) error {
	advice := "choose another address with " + option
	if errors.Is(err, syscall.EADDRINUSE) {
		advice = "another program has this port: stop it or choose another port with " + option
	}
	return fmt.Errorf("cannot listen on %s %s: %w: %s", network, addr, err, advice)
}
