package nat

import (
	"errors"
	"net/netip"

	"github.com/visavis-netcode/visavis/nat/stun"
)

// TxID is a STUN transaction id: it tells which request an answer belongs to.
type TxID = stun.TxID

var (
	errSTUN  = errors.New("nat: not a STUN message that we use")
	errProof = errors.New("nat: a check that does not prove knowledge of the secret")
)

// maxSTUN is as much as a STUN server should send unasked (RFC 8489 section 6.1).
const maxSTUN = 548

// IsSTUN says whether a packet may be a STUN binding request or one of its
// answers, by its first bytes. Such a packet never begins like one of QUIC.
func IsSTUN(b []byte) bool {
	if !stun.Is(b) || len(b) > maxSTUN {
		return false
	}
	switch stun.TypeOf(b) {
	case stun.BindingRequest, stun.BindingSuccess, stun.BindingError:
		return true
	}
	return false
}

// parseSTUN reads what IsSTUN accepts.
func parseSTUN(b []byte) (stun.Message, error) {
	if !IsSTUN(b) {
		return stun.Message{}, errSTUN
	}
	return stun.Parse(b)
}

// stunSoftware names who asks a STUN server, in as many bytes as make a request
// worth the longest answer: see STUNRequest.
const stunSoftware = "visavis, game engine"

// STUNRequest builds a binding request for a STUN server (RFC 8489). It has 44
// bytes: a server that answers no more than it was asked for, lest it be turned on
// others, can tell both the address that it sees and a second one of its own.
func STUNRequest(id TxID) []byte {
	return stun.Add(stun.New(stun.BindingRequest, id), stun.AttrSoftware, []byte(stunSoftware))
}

// STUNAnswer is what a STUN server says.
type STUNAnswer struct {
	ID TxID
	// Public is the address that the server saw; invalid in a refusal, and in an
	// answer that does not say it.
	Public netip.AddrPort
	// Other is a second address at which the server answers (RFC 5780 section
	// 7.4), if it has one.
	Other netip.AddrPort
}

// ParseSTUNAnswer reads a server's answer. It is not authenticated: it counts
// only for an id that was asked and from the server that was asked. Of the forms
// of our address the one that routers do not rewrite counts first; servers that
// are older than RFC 5389 know only the plain one.
func ParseSTUNAnswer(b []byte) (STUNAnswer, error) {
	m, err := parseSTUN(b)
	if err != nil || m.Type() == stun.BindingRequest {
		return STUNAnswer{}, errSTUN
	}
	a := STUNAnswer{ID: m.ID()}
	if m.Type() == stun.BindingError {
		return a, nil
	}
	for _, read := range []func() (netip.AddrPort, bool){
		func() (netip.AddrPort, bool) { return m.XORAddress(stun.AttrXORMappedAddress) },
		func() (netip.AddrPort, bool) { return m.XORAddress(stun.AttrXORMappedDraft) },
		func() (netip.AddrPort, bool) { return m.Address(stun.AttrMappedAddress) },
	} {
		if addr, ok := read(); ok {
			a.Public = addr
			break
		}
	}
	a.Other, _ = m.Address(stun.AttrOtherAddress)
	return a, nil
}

// buildCheck builds an authenticated binding request between players.
func buildCheck(key []byte, user string, id TxID) []byte {
	return stun.Seal(stun.Add(stun.New(stun.BindingRequest, id), stun.AttrUsername, []byte(user)), key)
}

// buildReply builds the authenticated answer to a check.
func buildReply(key []byte, user string, id TxID, seen netip.AddrPort) []byte {
	b := stun.Add(stun.New(stun.BindingSuccess, id), stun.AttrUsername, []byte(user))
	return stun.Seal(stun.AddXORAddress(b, stun.AttrXORMappedAddress, seen), key)
}

// check is a check or its answer, read and proven.
type check struct {
	id     TxID
	answer bool
	seen   netip.AddrPort // of an answer: our address as the peer saw it
}

// parseCheck reads a check or its answer. Only messages addressed to user and
// sealed with key pass; nothing may follow the seal.
func parseCheck(key []byte, user string, b []byte) (check, error) {
	m, err := parseSTUN(b)
	if err != nil {
		return check{}, err
	}
	name, ok := m.Get(stun.AttrUsername)
	if !ok || string(name) != user || !m.Sealed() || !m.Proven(key) {
		return check{}, errProof
	}
	c := check{id: m.ID(), answer: m.Type() == stun.BindingSuccess}
	switch {
	case m.Type() == stun.BindingError:
		return check{}, errSTUN // players do not refuse each other's checks
	case c.answer:
		if c.seen, ok = m.XORAddress(stun.AttrXORMappedAddress); !ok {
			return check{}, errSTUN
		}
	}
	return c, nil
}
