package scoreboard

// The two yardsticks of part A: what a rollback of seven frames and what a live
// match cannot do without, by hand and without an engine. What the engine costs is
// told as a multiple of theirs, measured in the same run: that means the same on
// every machine within some fifteen per cent, as nanoseconds do not. They are
// frozen: a change would make all figures before it worthless.

const (
	bareFrames = 16 // rows kept, a power of two
	bareSeats  = 8
)

// bareRows is a ring of inputs, one row a frame.
type bareRows [bareFrames][bareSeats]uint32

func (r *bareRows) at(frame int32) *[bareSeats]uint32 { return &r[frame&(bareFrames-1)] }

// bareSim is one player's side without any link: what is known, what was used, and
// steps through a func value.
type bareSim struct {
	players, me int
	current     int32
	through     [bareSeats]int32 // newest known frame of each player
	known, used bareRows
	inputs      [bareSeats]uint32 // of the frame being stepped
	world       [0]byte
	step        func(world *[0]byte, inputs []uint32, frame int32)
	rollbacks   int
	sum         uint32
}

func (s *bareSim) begin(players, me int) {
	s.players, s.me = players, me
	s.step = func(_ *[0]byte, inputs []uint32, _ int32) { s.sum += inputs[len(inputs)-1] }
	for i := range s.through {
		s.through[i] = -1
	}
}

// advance takes the local input of the current frame and steps it, and before it
// all frames from wrong on again, if that is not negative.
func (s *bareSim) advance(wrong int32, local uint32) {
	s.known.at(s.current)[s.me] = local
	s.through[s.me] = s.current
	players, from := s.players, s.current
	if wrong >= 0 {
		from = wrong
		s.rollbacks++
	}
	for f := from; f <= s.current; f++ {
		used, before, known := s.used.at(f), s.used.at(f-1), s.known.at(f)
		for p := range players {
			input := before[p]
			if s.through[p] >= f {
				input = known[p]
			}
			used[p], s.inputs[p] = input, input
		}
		s.step(&s.world, s.inputs[:players], f)
	}
	s.current++
}

// bareRoll returns the yardstick of a rollback: a frame in which the others' inputs
// of seven frames before arrive, and differ from what was used.
func bareRoll(players int) (sim *bareSim, frame func()) {
	s := new(bareSim)
	s.begin(players, 0)
	return s, func() {
		wrong := int32(-1)
		if f := s.current - rollFrames; f >= 0 {
			for p := 1; p < players; p++ {
				input := uint32(f)*0x9E3779B9 + 1
				s.known.at(f)[p] = input
				s.through[p] = f
				if s.used.at(f)[p] != input && (wrong < 0 || f < wrong) {
					wrong = f
				}
			}
		}
		s.advance(wrong, 7)
	}
}

// barePeer is one player's side with a link to each other one.
type barePeer struct {
	bareSim
	acked      [bareSeats]int32 // newest own frame that each other one holds
	sent, seen [bareSeats]uint8 // numbers of the newest datagrams
	mail       [bareSeats]struct {
		n    int // 0: nothing new
		body [64]byte
	}
}

const bareHead = 7 // kind, number, newest frame held, first frame, inputs

// bareLive returns the yardstick of a live match: a frame in which each peer reads
// a datagram of every other one, stores and compares its input, steps once, and
// writes each of them a datagram.
func bareLive(players int) (peers []*barePeer, frame func()) {
	for i := range players {
		p := new(barePeer)
		p.begin(players, i)
		for k := range p.acked {
			p.acked[k] = -1
		}
		peers = append(peers, p)
	}
	frame = func() {
		for _, p := range peers {
			p.tick(peers)
		}
	}
	for range 100 {
		frame()
	}
	return peers, frame
}

// near is the frame nearest to f whose low 16 bits are these.
func near(f int32, low, high byte) int32 {
	return f + int32(int16(uint16(low)|uint16(high)<<8)-int16(f))
}

// tick takes in what the others have sent, steps, and sends them all own inputs that
// they have not acknowledged. A datagram with nothing but one repeated input is not
// read: the next one says that, too.
func (p *barePeer) tick(peers []*barePeer) {
	me, wrong := p.me, int32(-1)
	for from := range peers {
		mail := &p.mail[from]
		b := mail.body[:mail.n]
		if from == me || len(b) < bareHead+2 {
			continue
		}
		mail.n = 0
		if b[1] == p.seen[from] {
			continue
		}
		p.seen[from] = b[1]
		p.acked[from] = max(p.acked[from], near(p.current, b[2], b[3]))
		first := near(p.current, b[4], b[5])
		input, at := p.known.at(first - 1)[from], bareHead
		for f := first; f < first+int32(b[6]); f++ {
			if b[at] != 0 {
				if at+5 > len(b) {
					break
				}
				input = uint32(b[at+1]) | uint32(b[at+2])<<8 | uint32(b[at+3])<<16 | uint32(b[at+4])<<24
				at += 4
			}
			at++
			if f != p.through[from]+1 {
				continue
			}
			p.known.at(f)[from] = input
			p.through[from] = f
			if f < p.current && p.used.at(f)[from] != input && wrong < 0 {
				wrong = f
			}
		}
	}
	p.advance(wrong, 7)
	newest := p.current - 1
	for to := range peers {
		if to == me {
			continue
		}
		p.sent[to]++
		var body [64]byte
		first, held := p.acked[to]+1, p.through[to]
		b := append(body[:0], 1, p.sent[to], byte(held), byte(held>>8), byte(first), byte(first>>8), byte(newest-first+1))
		before := p.known.at(first - 1)[me]
		for f := first; f <= newest; f++ {
			input := p.known.at(f)[me]
			if input == before {
				b = append(b, 0)
			} else {
				b = append(b, 1, byte(input), byte(input>>8), byte(input>>16), byte(input>>24))
			}
			before = input
		}
		mail := &peers[to].mail[me]
		mail.n = copy(mail.body[:], b)
	}
}
