package lan

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// etherDoor is a door on an ether.
type etherDoor struct{ at *port }

func (d etherDoor) port() uint16                          { return d.at.addr.Port() }
func (d etherDoor) send(packet []byte, to netip.AddrPort) { d.at.answer(packet, to) }
func (d etherDoor) close()                                { d.at.close() }

func (d etherDoor) start(r receiver) {
	d.at.net.mu.Lock()
	defer d.at.net.mu.Unlock()
	d.at.receive, d.at.ready = r, true
}

// site is networks in memory on which nothing of ours gets through to everybody:
// names carries multicast DNS, doors what is sent to one.
type site struct{ names, doors ether }

func (s *site) opener(n int, namePort uint16) opener {
	return opener{
		carrier: func(r receiver) carrier {
			c := s.names.open(n)(r).(*port)
			c.addr = netip.AddrPortFrom(c.addr.Addr(), namePort)
			return c
		},
		door: func() (door, error) {
			return etherDoor{s.doors.open(n)(func([]byte, netip.AddrPort) {}).(*port)}, nil
		},
	}
}

func (s *site) openLobby(t *testing.T, own *ether, n int) *Announcer {
	t.Helper()
	lobby := openLobby(t, own, n)
	lobby.publisher = publish(lobby, s.opener(n, mdnsPort))
	return lobby
}

func (s *site) openList(t *testing.T, own *ether, n int) *Browser {
	t.Helper()
	list := openList(t, own, n)
	list.seeker = seek(list, s.opener(n, 50000), nil)
	return list
}

// Through DNS service discovery alone a lobby is found at once, kept while it
// answers, gone at once after a goodbye and 5 s after it fell silent.
func TestFoundByName(t *testing.T) {
	for lost := range 3 {
		synctest.Test(t, func(t *testing.T) {
			var s site
			lobby := s.openLobby(t, &ether{}, 1)
			<-time.After(10 * time.Second)
			s.doors.lost = lost
			list := s.openList(t, &ether{}, 2)
			defer list.Close()
			took, found := next(list)
			if limit := []time.Duration{time.Millisecond, askAgain + time.Millisecond, 2 * time.Second}[lost]; took > limit || len(found) != 1 {
				t.Errorf("with %d lost: %+v after %v", lost, found, took)
			}
			if found[0].Addr != netip.AddrPortFrom(sourceAddr(1), someInfo.Port) {
				t.Errorf("found at %v", found[0].Addr)
			}
			for range 300 {
				<-time.After(time.Second)
				s.doors.mu.Lock()
				if time.Now().Unix()%10 == 0 {
					s.doors.lost = 1
				}
				s.doors.mu.Unlock()
				if len(list.AppendFound(nil)) != 1 {
					t.Fatal("the list lost the lobby")
				}
			}
			lobby.Close()
			if took, found := next(list); took != 0 || len(found) != 0 {
				t.Errorf("goodbye: %+v after %v", found, took)
			}
			again := s.openLobby(t, &ether{}, 3)
			if took, found := next(list); took > time.Millisecond || len(found) != 1 {
				t.Errorf("a new lobby: %+v after %v", found, took)
			}
			s.doors.pull(again.publisher.door.(etherDoor).at)
			if took, found := next(list); took > GoneAfter+askEvery || len(found) != 0 {
				t.Errorf("the cable is pulled: %+v after %v", found, took)
			}
			again.Close()
		})
	}
}

// Where our own packets get through there is hardly a packet of it.
func TestNamesAreQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s site
		own := &ether{}
		lobby := s.openLobby(t, own, 1)
		defer lobby.Close()
		list := s.openList(t, own, 2)
		defer list.Close()
		<-time.After(time.Minute)
		if names, doors := s.names.count(), s.doors.count(); names > 20 || doors > 2 { // the two in the moment in which both kinds of answers come
			t.Errorf("%d packets of multicast DNS, %d at doors in a minute", names, doors)
		}
	})
}

// A flood of questions is not reflected, and not multiplied.
func TestNamesAnswersAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s site
		lobby := s.openLobby(t, &ether{}, 1)
		defer lobby.Close()
		<-time.After(10 * time.Second)
		s.names.count()
		victim := sourceAddr(9)
		for range 1000 {
			lobby.publisher.receive(serviceQuery(1), netip.AddrPortFrom(victim, 50000))
			lobby.publisher.receive(ask(serviceName, dnsmessage.TypePTR, dnsmessage.ClassINET|unicastAnswer), netip.AddrPortFrom(victim, mdnsPort))
		}
		if n := s.names.count(); n != answersPerSource.burst {
			t.Errorf("one source was answered %d times", n)
		}
		for range 10_000 {
			lobby.publisher.receive(serviceQuery(1), netip.AddrPortFrom(victim, mdnsPort))
			<-time.After(time.Millisecond)
		}
		if n := s.names.count(); n < 8 || n > 10 {
			t.Errorf("everybody was answered %d times in 10 s", n)
		}
		lobby.publisher.receive(serviceQuery(1), netip.AddrPortFrom(netip.MustParseAddr("203.0.113.1"), 50000))
		<-time.After(time.Second) // what was asked before
		s.names.count()
		lobby.publisher.receive(ask(serviceName, dnsmessage.TypePTR, dnsmessage.ClassINET, lobby.publisher.plate.records(nil)[0]), netip.AddrPortFrom(victim, mdnsPort))
		<-time.After(5 * time.Second)
		if n := s.names.count(); n != 0 {
			t.Errorf("who knows of the lobby was answered %d times", n)
		}
	})
}

// Forged names make no entry, and a list that is flooded with them sends next to
// nothing. Beacons at the door count only of those who were asked.
func TestForgedNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s site
		list := s.openList(t, &ether{}, 2)
		defer list.Close()
		<-time.After(time.Second)
		s.doors.count()
		liar := netip.AddrPortFrom(sourceAddr(7), mdnsPort)
		nonsense, p := hostile(), somePlate
		for n := range 5000 {
			p.port = uint16(1 + n)
			list.seeker.receive(p.announcement([]place{somePlace(sourceAddr(1000+n%200).String() + "/8")}, false), liar)
			for _, packet := range nonsense {
				list.seeker.receive(packet, liar)
			}
			<-time.After(10 * time.Millisecond)
		}
		if n := s.doors.count(); n == 0 || n > maxTargets*maxUnanswered {
			t.Errorf("%d solicits in 50 s", n)
		}
		_, good := signedBeacon(key(1), uint64(time.Now().UnixMilli()), "pond", someInfo)
		list.seeker.answered(good, netip.AddrPortFrom(sourceAddr(5000), 9))
		if found := list.AppendFound(nil); len(found) != 0 {
			t.Errorf("the list shows %+v", found)
		}
		<-time.After(11 * time.Minute) // until the lobby's address, if it was among them, may be asked again
		lobby := s.openLobby(t, &ether{}, 1)
		defer lobby.Close()
		if took, found := next(list); took > time.Second || len(found) != 1 {
			t.Errorf("after the flood: %+v after %v", found, took)
		}
	})
}

// Without a port to be asked at there is no discovery by name, and all else goes
// on.
func TestNoDoor(t *testing.T) {
	none := opener{door: func() (door, error) { return nil, errNoDoor }}
	synctest.Test(t, func(t *testing.T) {
		own := &ether{}
		lobby, list := openLobby(t, own, 1), openList(t, own, 2)
		lobby.publisher, list.seeker = publish(lobby, none), seek(list, none, nil)
		<-list.Changed()
		lobby.Close()
		list.Close()
	})
}
