package netlab

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/visavis-netcode/visavis/nat/natsim"
	"golang.org/x/sys/unix"
)

// lifeSeconds is how long a flow, and so a mapping, lives without packets: what
// RFC 4787 section 4.3 asks for at least.
const lifeSeconds = 120

// sequenceLength is how many ports a router that counts them has: each is an
// entry of a table.
const sequenceLength = 2000

// apply gives the router its rules anew. The ports that it had learnt are
// forgotten with the old ones.
func (h *Home) apply() {
	h.Router.t.Helper()
	if !h.behaves {
		return
	}
	h.Router.Filter(rules(h.behavior, h.Public, h.lan.Masked()))
	// Only now: a namespace has these when something in it follows flows.
	h.Router.sysctl("netfilter/nf_conntrack_udp_timeout", fmt.Sprint(lifeSeconds))
	h.Router.sysctl("netfilter/nf_conntrack_udp_timeout_stream", fmt.Sprint(lifeSeconds))
}

// rules is what nft makes a router of.
func rules(b natsim.Behavior, public netip.Addr, lan netip.Prefix) string {
	var t strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&t, format+"\n", args...) }
	chain := func(name, hook string, statements ...string) {
		line("chain %s {", name)
		line("type %s;", hook)
		for _, s := range statements {
			if s != "" {
				line("%s", s)
			}
		}
		line("}")
	}
	when := func(ok bool, statement string) string {
		if !ok {
			return ""
		}
		return statement
	}
	line("table ip home")
	line("delete table ip home")
	line("table ip home {")
	translates := !b.Firewall
	opens := translates && b.Filtering != natsim.AddressPortDependent
	if translates {
		// Who is behind a public port, and whom it has sent to.
		line("map behind { type inet_service : ipv4_addr . inet_service; flags dynamic,timeout; timeout %ds; size 65535; }", lifeSeconds)
		line("set asked { type inet_service . ipv4_addr; flags dynamic,timeout; timeout %ds; size 65535; }", lifeSeconds)
		chain("arriving", "nat hook prerouting priority dstnat",
			when(opens && b.Filtering == natsim.EndpointIndependent,
				fmt.Sprintf(`iifname "wan" ip daddr %s dnat ip to udp dport map @behind`, public)),
			when(opens && b.Filtering == natsim.AddressDependent,
				fmt.Sprintf(`iifname "wan" ip daddr %s udp dport . ip saddr @asked dnat ip to udp dport map @behind`, public)),
			when(b.Hairpin, fmt.Sprintf(`iifname "lan" ip daddr %s dnat ip to udp dport map @behind`, public)))
		chain("leaving", "nat hook postrouting priority srcnat",
			`oifname "wan" meta l4proto udp masquerade `+ports(b),
			`oifname "wan" masquerade`,
			when(b.Hairpin, fmt.Sprintf(`oifname "lan" ip saddr %s ct status dnat meta l4proto udp snat to %s%s`,
				lan, public, strings.TrimPrefix(ports(b), "to "))))
		chain("learning", "filter hook postrouting priority srcnat + 50",
			`oifname "wan" meta l4proto udp ct direction original update @behind { udp sport : ct original ip saddr . ct original proto-src }`,
			`oifname "wan" meta l4proto udp ct direction reply update @behind { udp sport : ct reply ip saddr . ct reply proto-src }`,
			`oifname "wan" meta l4proto udp update @asked { udp sport . ip daddr }`)
	}
	chain("inward", "filter hook input priority filter; policy accept",
		`ct state established,related accept`,
		fmt.Sprintf(`iifname "lan" ip daddr %s meta l4proto udp drop`, public),
		when(!b.AcceptsWAN, `iifname "wan" drop`))
	chain("through", "filter hook forward priority filter; policy drop",
		when(b.Blocked, `oifname "wan" meta l4proto udp drop`),
		`ct state established,related accept`,
		when(opens || b.PortMap || b.Hairpin, `ct status dnat accept`),
		`iifname "lan" accept`)
	line("}")
	return t.String()
}

// ports says which port a flow gets. Without a random flag Linux keeps the one
// that the socket inside has already.
func ports(b natsim.Behavior) string {
	low, high := int(b.LowPort), int(b.HighPort)
	if low == 0 {
		low, high = 10000, 19999
	}
	switch {
	case b.Sequential:
		// A map, because a bare number comes out with its bytes swapped.
		entries := make([]string, sequenceLength)
		for i := range entries {
			entries[i] = fmt.Sprintf("%d : %d", i, low+i)
		}
		return fmt.Sprintf("to :numgen inc mod %d map { %s }", sequenceLength, strings.Join(entries, ", "))
	case b.Mapping == natsim.EndpointIndependent:
		return fmt.Sprintf("to :%d-%d", low, high)
	}
	return fmt.Sprintf("to :%d-%d fully-random", low, high)
}

// forgetFlows empties the kernel's table of flows: a message of nfnetlink that
// asks to delete, and names none, means all.
func (p *Place) forgetFlows() {
	p.t.Helper()
	message := make([]byte, unix.NLMSG_HDRLEN+4)
	binary.NativeEndian.PutUint32(message, uint32(len(message)))
	binary.NativeEndian.PutUint16(message[4:], unix.NFNL_SUBSYS_CTNETLINK<<8|2) // IPCTNL_MSG_CT_DELETE
	binary.NativeEndian.PutUint16(message[6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	answer := make([]byte, 4096)
	var n int
	var err error
	p.Enter(func() {
		var fd int
		if fd, err = unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER); err != nil {
			return
		}
		defer unix.Close(fd)
		if err = unix.Sendto(fd, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err == nil {
			n, _, err = unix.Recvfrom(fd, answer, 0)
		}
	})
	if err == nil && n >= unix.NLMSG_HDRLEN+4 {
		if code := int32(binary.NativeEndian.Uint32(answer[unix.NLMSG_HDRLEN:])); code != 0 {
			err = unix.Errno(-code)
		}
	}
	if err != nil {
		p.t.Fatal("netlab: cannot forget flows: ", err)
	}
}
