package netlab

import (
	"container/heap"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Limits of the Internet.
const (
	maxPacketBytes = 2048    // more than the TUN devices' MTU
	maxOnTheWay    = 1 << 15 // packets; when it is full the newest is dropped
	maxInARow      = 64      // packets that are read from one wire before it is another's turn
)

// internet carries packets between wires, each after the time that they take.
// One goroutine does all of it.
type internet struct {
	ring [2]int // a pipe: what is written makes run look at the wires anew
	done chan struct{}

	mu     sync.Mutex
	wires  []*wire
	queue  queue
	sent   uint64 // numbers the packets
	spare  []*parcel
	closed bool
}

// wire leads to a place, whose end of it is a TUN device. Owner: the internet.
type wire struct {
	device int
	delay  time.Duration // one way
	hops   int           // routers that it stands for, for what its place sends
	cut    bool
	routes []netip.Prefix
}

// parcel is a packet on its way.
type parcel struct {
	due  time.Time
	turn uint64 // among those that are due at the same time
	to   *wire
	n    int
	b    [maxPacketBytes]byte
}

type queue []*parcel

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].due.Before(q[j].due) || q[i].due.Equal(q[j].due) && q[i].turn < q[j].turn
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(*parcel)) }
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

func newInternet() (*internet, error) {
	n := &internet{done: make(chan struct{})}
	if err := unix.Pipe2(n.ring[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, err
	}
	go n.run()
	return n, nil
}

func (n *internet) close() {
	n.change(func() { n.closed = true })
	<-n.done
	for _, w := range n.wires {
		unix.Close(w.device)
	}
	unix.Close(n.ring[0])
	unix.Close(n.ring[1])
}

// change lets f change the wires.
func (n *internet) change(f func()) {
	n.mu.Lock()
	f()
	n.mu.Unlock()
	_, _ = unix.Write(n.ring[1], []byte{0}) // a full one rings already
}

// attach adds a wire to a place whose end is a new device there.
func (n *internet) attach(p *Place, device string, w *wire) error {
	var err error
	p.Enter(func() { w.device, err = openTUN(device) })
	if err == nil {
		n.change(func() { n.wires = append(n.wires, w) })
	}
	return err
}

// openTUN makes a device in the namespace of the calling thread, whose packets
// are read and written whole.
func openTUN(name string) (fd int, err error) {
	fd, err = unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return 0, err
	}
	request, err := unix.NewIfreq(name)
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
	}
	if err != nil {
		unix.Close(fd)
		return 0, err
	}
	return fd, nil
}

func (n *internet) run() {
	defer close(n.done)
	// A thread of its own, woken to the microsecond and before all others.
	runtime.LockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), -20)
	var polled []unix.PollFd
	for {
		n.mu.Lock()
		if n.closed {
			n.mu.Unlock()
			return
		}
		polled = append(polled[:0], unix.PollFd{Fd: int32(n.ring[0]), Events: unix.POLLIN})
		for _, w := range n.wires {
			polled = append(polled, unix.PollFd{Fd: int32(w.device), Events: unix.POLLIN})
		}
		wait := time.Minute
		if len(n.queue) > 0 {
			wait = max(0, time.Until(n.queue[0].due))
		}
		n.mu.Unlock()
		timeout := unix.NsecToTimespec(wait.Nanoseconds())
		_, _ = unix.Ppoll(polled, &timeout, nil) // an interrupted one is repeated
		if polled[0].Revents != 0 {
			var b [64]byte
			_, _ = unix.Read(n.ring[0], b[:])
		}
		n.mu.Lock()
		for i, w := range n.wires[:len(polled)-1] {
			if polled[1+i].Revents != 0 {
				n.collect(w)
			}
		}
		n.deliver(time.Now())
		n.mu.Unlock()
	}
}

// collect takes what a place has sent.
func (n *internet) collect(w *wire) {
	for range maxInARow {
		var p *parcel
		if k := len(n.spare); k > 0 {
			p, n.spare = n.spare[k-1], n.spare[:k-1]
		} else {
			p = new(parcel)
		}
		var err error
		if p.n, err = unix.Read(w.device, p.b[:]); err != nil || p.n <= 0 {
			n.spare = append(n.spare, p)
			return
		}
		p.to = n.route(p.b[:p.n])
		if p.to == nil || w.cut || p.to.cut || len(n.queue) >= maxOnTheWay || !travel(p.b[:p.n], w.hops) {
			n.spare = append(n.spare, p)
			continue
		}
		p.due = time.Now().Add(w.delay + p.to.delay)
		n.sent++
		p.turn = n.sent
		heap.Push(&n.queue, p)
	}
}

// route is the wire by which the destination of a packet is reached, nil if
// there is none, or it is not of IPv4.
func (n *internet) route(b []byte) *wire {
	if len(b) < 20 || b[0]>>4 != 4 {
		return nil
	}
	to := netip.AddrFrom4([4]byte(b[16:20]))
	for _, w := range n.wires {
		for _, prefix := range w.routes {
			if prefix.Contains(to) {
				return w
			}
		}
	}
	return nil
}

// travel takes a number of hops off a packet's TTL, and reports whether it
// lives on. The header's checksum changes with it (RFC 1624).
func travel(b []byte, hops int) bool {
	if int(b[8]) <= hops {
		return false
	}
	b[8] -= byte(hops)
	sum := uint32(b[10])<<8 + uint32(b[11]) + uint32(hops)<<8
	sum = sum>>16 + sum&0xffff
	b[10], b[11] = byte(sum>>8), byte(sum)
	return true
}

// deliver writes what is due. What a place cannot take is lost.
func (n *internet) deliver(now time.Time) {
	for len(n.queue) > 0 && !n.queue[0].due.After(now) {
		p := heap.Pop(&n.queue).(*parcel)
		if !p.to.cut {
			_, _ = unix.Write(p.to.device, p.b[:p.n])
		}
		n.spare = append(n.spare, p)
	}
}
