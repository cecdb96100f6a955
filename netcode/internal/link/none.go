package link

import (
	"net/netip"
	"time"
)

// None is a link that leads nowhere, and is Closed: to somebody who is known, and to whom
// there is no link yet.
var None Link = none{}

type none struct{}

func (none) Peer() Key                                 { return Key{} }
func (none) Dialled() bool                             { return false }
func (none) Binding() [32]byte                         { return [32]byte{} }
func (none) RemoteAddr() netip.AddrPort                { return netip.AddrPort{} }
func (none) Source() netip.Addr                        { return netip.Addr{} }
func (none) Virtual() netip.AddrPort                   { return netip.AddrPort{} }
func (none) PathSecret() [32]byte                      { return [32]byte{} }
func (none) Received() uint64                          { return 0 }
func (none) State() State                              { return Closed }
func (none) Err() *CloseError                          { return &CloseError{Code: CodeDone, Reason: "there is no link yet"} }
func (none) SendDatagram([]byte)                       {}
func (none) SendAlso([]byte)                           {}
func (none) Send([]byte) error                         { return ErrClosed }
func (none) SendFeed([]byte) error                     { return ErrClosed }
func (none) FeedRoom() int                             { return 0 }
func (none) Receive(func(Kind, time.Duration, []byte)) {}
func (none) Close(Code, string)                        {}
func (none) Known() bool                               { return true }
func (none) Stats() Stats                              { return Stats{} }
