package lan

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// DNS service discovery (RFC 6763) over multicast DNS (RFC 6762), as far as it
// says where to ask for a beacon. A lobby is an instance of the service; the
// port of its SRV record is that of its door.
const (
	serviceName = "_visavis._udp.local."
	metaName    = "_services._dns-sd._udp.local." // RFC 6763 section 9: lists the services there are

	mdnsPort = 5353

	// recordTTL is how long others may believe a record, in seconds. RFC 6762
	// section 10 recommends it for addresses and more for the rest: we say it
	// of all, so that a lobby that crashed is forgotten soon.
	recordTTL = 120

	// legacyTTL is the same for those who do not listen to what we say later
	// (RFC 6762 section 6.7).
	legacyTTL = 10

	// Top bits of the class: of a record, it replaces all of its name and type;
	// of a question, an answer by unicast will do.
	cacheFlush     = 1 << 15
	unicastAnswer  = 1 << 15
	classMask      = 1<<15 - 1
	maxDNSPacket   = 9000 // RFC 6762 section 17
	maxQuestions   = 32   // looked at in one packet, the rest is ignored
	maxRecords     = 128  // the same
	maxEchoed      = 4    // questions that a legacy answer repeats
	maxHereAddrs   = 8    // addresses of one interface in an answer
	maxDoorsPacket = 16   // doors taken from one packet, the rest is ignored
)

var mdnsMedium = medium{
	port:   mdnsPort,
	group4: netip.AddrFrom4([4]byte{224, 0, 0, 251}),
	group6: netip.MustParseAddr("ff02::fb"),
	hops:   255, // RFC 6762 section 11
}

// plate is what a lobby's records say: a name made of its key, so that there is
// nobody to quarrel with about it and no need to probe first (RFC 6762 section
// 8.1), the game, and the port of its door.
type plate struct {
	game           string
	instance, host dnsmessage.Name
	port           uint16
}

func newPlate(b *beacon, port uint16) plate {
	id := hex.EncodeToString(b.key[:6])
	label := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-' // a game's id may be any UTF-8; nobody reads it from here
	}, b.game)
	return plate{
		game:     b.game,
		instance: dnsmessage.MustNewName(label + "-" + id + "." + serviceName),
		host:     dnsmessage.MustNewName("visavis-" + id + ".local."),
		port:     port,
	}
}

// query is what a packet asks of one lobby.
type query struct {
	id      uint16
	asked   []dnsmessage.Question // those that the lobby can answer
	unicast bool                  // an answer by unicast will do
	known   bool                  // who asks knows of the lobby
}

// readQuery reads what a packet asks of a lobby; nothing if it is no query, or
// broken: what came before the broken place counts.
func (p *plate) readQuery(packet []byte) (q query) {
	var parser dnsmessage.Parser
	header, err := parser.Start(packet)
	if err != nil || header.Response || header.OpCode != 0 || len(packet) > maxDNSPacket {
		return query{}
	}
	q.id = header.ID
	for range maxQuestions {
		question, err := parser.Question()
		if err == dnsmessage.ErrSectionDone {
			break
		}
		if err != nil { // others ask for names that this parser does not like
			if parser.SkipQuestion() != nil {
				return q
			}
			continue
		}
		if len(q.asked) < maxEchoed && p.answers(question) {
			q.unicast = q.unicast || question.Class&unicastAnswer != 0
			q.asked = append(q.asked, question)
		}
	}
	if len(q.asked) == 0 || parser.SkipAllQuestions() != nil {
		return q
	}
	eachRecord(&parser, parser.AnswerHeader, parser.SkipAnswer, func(h dnsmessage.ResourceHeader, body dnsmessage.Parser) {
		if h.Type == dnsmessage.TypePTR && h.TTL >= recordTTL/2 && sameName(h.Name, serviceName) {
			known, err := body.PTRResource()
			q.known = q.known || err == nil && sameName(known.PTR, p.instance.String())
		}
	})
	return q
}

// eachRecord goes through the first records of one section of a packet. take
// reads the body from a copy of the parser, so that it is skipped all the same.
func eachRecord(parser *dnsmessage.Parser, next func() (dnsmessage.ResourceHeader, error), skip func() error, take func(dnsmessage.ResourceHeader, dnsmessage.Parser)) {
	for range maxRecords {
		h, err := next()
		if err == dnsmessage.ErrSectionDone {
			return
		}
		if err == nil {
			take(h, *parser)
		}
		if skip() != nil {
			return
		}
	}
}

func sameName(name dnsmessage.Name, other string) bool {
	return strings.EqualFold(name.String(), other)
}

// answers reports whether a question is about the lobby.
func (p *plate) answers(q dnsmessage.Question) bool {
	if class := q.Class & classMask; class != dnsmessage.ClassINET && class != dnsmessage.ClassANY {
		return false
	}
	for _, r := range p.records(nil) {
		if asks(q, r.Header) {
			return true
		}
	}
	// Which addresses there are depends on the interface.
	return sameName(q.Name, p.host.String()) && (q.Type == dnsmessage.TypeA || q.Type == dnsmessage.TypeAAAA || q.Type == dnsmessage.TypeALL)
}

func asks(q dnsmessage.Question, h dnsmessage.ResourceHeader) bool {
	return (q.Type == h.Type || q.Type == dnsmessage.TypeALL) && sameName(q.Name, h.Name.String())
}

// records are all that is said of the lobby on an interface with these places.
func (p *plate) records(here []place) []dnsmessage.Resource {
	service, meta := dnsmessage.MustNewName(serviceName), dnsmessage.MustNewName(metaName)
	head := func(name dnsmessage.Name, kind dnsmessage.Type, class dnsmessage.Class) dnsmessage.ResourceHeader {
		return dnsmessage.ResourceHeader{Name: name, Type: kind, Class: dnsmessage.ClassINET | class, TTL: recordTTL}
	}
	records := []dnsmessage.Resource{
		{Header: head(service, dnsmessage.TypePTR, 0), Body: &dnsmessage.PTRResource{PTR: p.instance}},
		{Header: head(p.instance, dnsmessage.TypeSRV, cacheFlush), Body: &dnsmessage.SRVResource{Port: p.port, Target: p.host}},
		{Header: head(p.instance, dnsmessage.TypeTXT, cacheFlush), Body: &dnsmessage.TXTResource{TXT: []string{"txtvers=1", gameKey + p.game}}},
		{Header: head(meta, dnsmessage.TypePTR, 0), Body: &dnsmessage.PTRResource{PTR: service}},
	}
	for _, at := range here[:min(len(here), maxHereAddrs)] {
		if addr := at.prefix.Addr(); addr.Is4() {
			records = append(records, dnsmessage.Resource{Header: head(p.host, dnsmessage.TypeA, cacheFlush), Body: &dnsmessage.AResource{A: addr.As4()}})
		} else {
			records = append(records, dnsmessage.Resource{Header: head(p.host, dnsmessage.TypeAAAA, cacheFlush), Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}})
		}
	}
	return records
}

// gameKey begins the text of the TXT record that says of which game a lobby is.
const gameKey = "game="

// announcement is what everybody on an interface is told of the lobby, also as
// an answer; as a farewell it takes it back.
func (p *plate) announcement(here []place, farewell bool) []byte {
	m := dnsmessage.Message{Header: dnsmessage.Header{Response: true, Authoritative: true}}
	for _, r := range p.records(here) {
		if farewell {
			if sameName(r.Header.Name, metaName) {
				continue // others may offer the service still
			}
			r.Header.TTL = 0
		}
		m.Answers = append(m.Answers, r)
	}
	return pack(&m)
}

// answer is what one asker is told; nil if the interface has nothing of what is
// asked. To a legacy asker, who is on another port than 5353, it looks like a
// DNS server's (RFC 6762 section 6.7).
func (p *plate) answer(q query, here []place, legacy bool) []byte {
	m := dnsmessage.Message{Header: dnsmessage.Header{Response: true, Authoritative: true}}
	if legacy {
		m.ID = q.id
		for _, question := range q.asked {
			question.Class &= classMask
			m.Questions = append(m.Questions, question)
		}
	}
	for _, r := range p.records(here) {
		if legacy {
			r.Header.TTL = legacyTTL
			r.Header.Class &= classMask
		}
		if slices.ContainsFunc(q.asked, func(question dnsmessage.Question) bool { return asks(question, r.Header) }) {
			m.Answers = append(m.Answers, r)
		} else {
			m.Additionals = append(m.Additionals, r)
		}
	}
	if len(m.Answers) == 0 {
		return nil
	}
	return pack(&m)
}

// pack encodes what we made ourselves: it cannot fail.
func pack(m *dnsmessage.Message) []byte {
	packet, err := m.Pack()
	if err != nil {
		panic("lan: a DNS message of our own cannot be encoded: " + err.Error())
	}
	return packet
}

// serviceQuery asks everybody for lobbies.
func serviceQuery(id uint16) []byte {
	return pack(&dnsmessage.Message{Header: dnsmessage.Header{ID: id}, Questions: []dnsmessage.Question{
		{Name: dnsmessage.MustNewName(serviceName), Type: dnsmessage.TypePTR, Class: dnsmessage.ClassINET},
	}})
}
