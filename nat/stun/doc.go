// Package stun reads and writes messages of STUN (RFC 8489): what a server of
// public addresses is asked, what players check their paths with, and what TURN
// (RFC 8656) is made of.
//
//	request := stun.New(stun.BindingRequest, id)
//	...
//	m, err := stun.Parse(packet)               // every length in it is right
//	addr, ok := m.XORAddress(stun.AttrXORMappedAddress)
//
// It is strict about lengths, since packets come from strangers, and lenient
// about all else: attributes that it does not know are passed over, whether or
// not they ask to be understood, because an address is of use whatever stands
// beside it. It sends nothing, and keeps nothing.
package stun
