package lan

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// A knock tells a lobby that somebody calls it, who may not be heard: see Knock.
// It is, in this order and big-endian:
//
//	magic "vvK" and version 1         4 bytes
//	nonce                             8
//	port that the guest calls from    2
//	port of the lobby                 2
//	address of the lobby        4 or 16
//
// By multicast DNS it goes as a question that nobody answers: all but the magic,
// as a label of hexadecimal digits, in front of knockSuffix.
type knock struct {
	nonce uint64 // only tells copies of one knock apart
	port  uint16
	to    netip.AddrPort // as it is called; without a zone
}

const (
	knockMagic  = "vvK\x01"
	knockSuffix = "._knock." + serviceName
	knockHeader = len(knockMagic) + 8 + 2 + 2
	maxKnock    = knockHeader + 16
)

func appendKnock(dst []byte, k knock) []byte {
	dst = append(dst, knockMagic...)
	dst = binary.BigEndian.AppendUint64(dst, k.nonce)
	dst = binary.BigEndian.AppendUint16(dst, k.port)
	dst = binary.BigEndian.AppendUint16(dst, k.to.Port())
	return append(dst, k.to.Addr().AsSlice()...)
}

// decodeKnock reads a knock. Every packet that it accepts is the only encoding of
// what it returns.
func decodeKnock(packet []byte) (k knock, err error) {
	if len(packet) < knockHeader || string(packet[:len(knockMagic)]) != knockMagic {
		return knock{}, errMalformed
	}
	rest := packet[len(knockMagic):]
	k.nonce = binary.BigEndian.Uint64(rest)
	k.port = binary.BigEndian.Uint16(rest[8:])
	addr, ok := netip.AddrFromSlice(rest[12:])
	k.to = netip.AddrPortFrom(addr, binary.BigEndian.Uint16(rest[10:]))
	if !ok || addr.Is4In6() || addr.IsUnspecified() || addr.IsMulticast() || k.port == 0 || k.to.Port() == 0 {
		return knock{}, errMalformed
	}
	return k, nil
}

// knockQuery is a knock as a question of multicast DNS.
func knockQuery(id uint16, k knock) []byte {
	label := hex.EncodeToString(appendKnock(nil, k)[len(knockMagic):])
	return pack(&dnsmessage.Message{Header: dnsmessage.Header{ID: id}, Questions: []dnsmessage.Question{
		{Name: dnsmessage.MustNewName(label + knockSuffix), Type: dnsmessage.TypeTXT, Class: dnsmessage.ClassINET},
	}})
}

// readKnockQuery reads the knock that is the first question of a packet.
func readKnockQuery(packet []byte) (knock, error) {
	var parser dnsmessage.Parser
	header, err := parser.Start(packet)
	if err != nil || header.Response || header.OpCode != 0 || len(packet) > maxDNSPacket {
		return knock{}, errMalformed
	}
	question, err := parser.Question()
	if err != nil || question.Type != dnsmessage.TypeTXT {
		return knock{}, errMalformed
	}
	label, found := strings.CutSuffix(strings.ToLower(question.Name.String()), knockSuffix)
	if !found {
		return knock{}, errMalformed
	}
	body, err := hex.DecodeString(label)
	if err != nil {
		return knock{}, errMalformed
	}
	return decodeKnock(append([]byte(knockMagic), body...))
}

// KnockConfig is what Knock needs.
type KnockConfig struct {
	To      netip.AddrPort // the lobby, as it is called; IPv6 link-local ones with a zone
	Port    func() uint16  // the UDP port that it is called from; another one when its socket has died
	Network Network
}

var knockBurst = []time.Duration{0, 500 * time.Millisecond, 1500 * time.Millisecond}

const knockEvery = 2 * time.Second

// Knocker knocks until it is closed.
type Knocker struct {
	loop    *loop
	own     carrier
	names   carrier // nil without DNS service discovery
	said    knock
	port    func() uint16
	knocks  schedule
	refresh schedule
}

// Knock tells a lobby on a network of this computer, by what lobbies listen to,
// that somebody calls it: at once, after 0.5 and 1.5 s, and then every 2 s until
// Close. If the lobby's firewall lets that in but not the call, the lobby can send
// a packet to where the call comes from, and the firewall takes the next call for
// the answer to it. To an address elsewhere nothing is sent.
func Knock(config KnockConfig) *Knocker {
	open := func(m medium) carrier {
		m.toward = config.To.Addr()
		return openSockets(m, config.Network.Interfaces, func([]byte, netip.AddrPort) {})
	}
	var names carrier
	if !config.Network.NoDNSSD {
		names = open(mdnsMedium)
	}
	return startKnocking(config, open(beaconMedium(config.Network.Port)), names)
}

func startKnocking(config KnockConfig, own, names carrier) *Knocker {
	k := &Knocker{
		loop: newLoop(), own: own, names: names,
		said: knock{to: netip.AddrPortFrom(config.To.Addr().WithZone(""), config.To.Port())}, port: config.Port,
		knocks:  schedule{burst: knockBurst, every: knockEvery},
		refresh: schedule{burst: []time.Duration{0}, every: refreshEvery},
	}
	now := time.Now()
	k.knocks.begin(now)
	k.refresh.begin(now)
	k.loop.start(k.work)
	return k
}

// work does what is due and returns when it wants to be called again. What cannot
// be sent is no error: the call goes on without it.
func (k *Knocker) work(now time.Time) time.Time {
	if k.refresh.take(now) {
		_ = k.own.refresh()
		if k.names != nil {
			_ = k.names.refresh()
		}
	}
	if k.knocks.take(now) {
		k.said.nonce, k.said.port = rand.Uint64(), k.port()
		k.own.flood(appendKnock(nil, k.said))
		if k.names != nil {
			k.names.flood(knockQuery(uint16(rand.Uint32()), k.said))
		}
	}
	return earlier(k.knocks.due, k.refresh.due)
}

// Close stops knocking. It may be called twice.
func (k *Knocker) Close() error {
	if k.loop.stop() {
		k.own.close()
		if k.names != nil {
			k.names.close()
		}
	}
	return nil
}
