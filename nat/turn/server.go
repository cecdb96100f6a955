package turn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Transport is how a TURN server is reached. What it sends on to players is UDP
// always.
type Transport uint8

const (
	// UDP is the fastest, where it is let out.
	UDP Transport = iota
	// TCP gets out of most networks. A lost packet holds up those behind it.
	TCP
	// TLS gets out of almost all; the server's name is checked against its
	// certificate.
	TLS

	transports
)

// String is the transport as Parse reads it.
func (t Transport) String() string { return [...]string{"udp", "tcp", "tls"}[t%transports] }

// defaultPort is the port of RFC 8656 section 16.
func (t Transport) defaultPort() uint16 {
	if t == TLS {
		return 5349
	}
	return 3478
}

// Server is a TURN server and who we are there.
type Server struct {
	Host      string // a name or an IP address, without brackets
	Port      uint16
	Transport Transport
	User      string
	Password  string
}

// maxText is more than any sensible server takes.
const maxText = 1024

// Parse reads a server in the form
//
//	turn:USER:PASSWORD@HOST:PORT?transport=udp
//
// or with tcp or tls. Without the last part it is UDP, without a port 3478, for
// TLS 5349. Signs that mean something here are written as %XX in the name and the
// password; an IPv6 address stands in brackets. An error is a sentence that
// does not tell the password.
func Parse(text string) (Server, error) {
	if len(text) > maxText {
		return Server{}, fmt.Errorf("a TURN server of %d letters: it should look like turn:USER:PASSWORD@HOST:PORT?transport=udp", len(text))
	}
	rest, ok := strings.CutPrefix(text, "turn:")
	if !ok {
		return Server{}, errors.New("a TURN server begins with turn: and looks like turn:USER:PASSWORD@HOST:PORT?transport=udp")
	}
	at := strings.LastIndexByte(rest, '@')
	if at < 0 {
		return Server{}, errors.New("a TURN server needs a user and a password: turn:USER:PASSWORD@HOST:PORT?transport=udp")
	}
	account, place := rest[:at], rest[at+1:]
	var s Server
	user, password, ok := strings.Cut(account, ":")
	if !ok || user == "" || password == "" {
		return Server{}, fmt.Errorf("the TURN server %q needs a user and a password: turn:USER:PASSWORD@HOST:PORT?transport=udp", place)
	}
	var errUser, errPassword error
	s.User, errUser = url.PathUnescape(user)
	s.Password, errPassword = url.PathUnescape(password)
	if errUser != nil || errPassword != nil {
		return Server{}, fmt.Errorf("the user or the password of the TURN server %q has a %% that no two digits follow: write %%25 for it", place)
	}
	place, query, asked := strings.Cut(place, "?")
	if asked {
		name, ok := strings.CutPrefix(query, "transport=")
		switch {
		case ok && name == "udp":
		case ok && name == "tcp":
			s.Transport = TCP
		case ok && name == "tls":
			s.Transport = TLS
		default:
			return Server{}, fmt.Errorf("the TURN server %q ends in %q: it should be ?transport=udp, ?transport=tcp or ?transport=tls", place, "?"+query)
		}
	}
	return s.at(place)
}

// at fills in HOST:PORT.
func (s Server) at(place string) (Server, error) {
	host, port := place, strconv.Itoa(int(s.Transport.defaultPort()))
	if h, p, err := net.SplitHostPort(place); err == nil {
		host, port = h, p
	} else if inner, ok := strings.CutPrefix(place, "["); ok && strings.HasSuffix(inner, "]") {
		host = inner[:len(inner)-1]
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return Server{}, fmt.Errorf("the TURN server %q has no port that can be: 1 to 65535", place)
	}
	if _, err := netip.ParseAddr(host); err != nil && strings.ContainsAny(host, ":/@[]% \t\r\n") || host == "" {
		return Server{}, fmt.Errorf("the TURN server %q has no host that can be: a name, an IPv4 address or an IPv6 address in brackets", place)
	}
	s.Host, s.Port = host, uint16(number)
	return s, nil
}

// Address is HOST:PORT.
func (s Server) Address() string { return net.JoinHostPort(s.Host, strconv.Itoa(int(s.Port))) }

// String names the server for players, without the account.
func (s Server) String() string { return s.Address() + " (" + s.Transport.String() + ")" }
