package lab

import (
	"fmt"
	"image"
	"image/color"

	"github.com/visavis-netcode/visavis/game"
	"github.com/visavis-netcode/visavis/game/lilypad/ui"
)

// chartTicks is how many values a chart shows, the newest on the right.
const chartTicks = 56

// chart is a number over time.
type chart struct {
	values [chartTicks]float64 // ring
	next   int
}

func (c *chart) observe(v float64) {
	c.values[c.next] = v
	c.next = (c.next + 1) % chartTicks
}

// latest is the newest value.
func (c *chart) latest() float64 { return c.values[(c.next+chartTicks-1)%chartTicks] }

// draw shows bars of a pixel each, up from a line at middle for what is more than zero
// and down for what is less; most is the value that reaches up to the top of r.
func (c *chart) draw(p *ui.Painter, r image.Rectangle, middle int, most float64, ink color.NRGBA) {
	p.Fill(image.Rect(r.Min.X, middle, r.Min.X+chartTicks, middle+1), chartAxis)
	for i := range chartTicks {
		v := c.values[(c.next+i)%chartTicks]
		h := int(min(max(v/most, -1), 1) * float64(middle-r.Min.Y))
		x := r.Min.X + i
		if h > 0 {
			p.Fill(image.Rect(x, middle-h, x+1, middle), ink)
		} else if h < 0 {
			p.Fill(image.Rect(x, middle+1, x+1, middle+1-h), ink)
		}
	}
}

var chartAxis = color.NRGBA{70, 86, 92, 255}

// charts are those of a machine: how far it is ahead of the other, in frames, and what
// it sends, in bytes a second.
type charts struct {
	lead, bytes chart
	sent        uint64 // bytes, at the last look
	ticks       int
}

// chartEvery is how many ticks lie between two values.
const chartEvery = 6

// observe takes a look at a machine, every few ticks.
func (c *charts) observe(w *wired, machine int) {
	if c.ticks++; c.ticks%chartEvery != 0 {
		return
	}
	m := &w.machines[machine]
	sent := m.node.Traffic().BytesSent
	c.bytes.observe(float64(sent-c.sent) * 60 / chartEvery)
	c.sent = sent
	lead := 0.0
	m.peers = m.match.AppendPeers(m.peers[:0])
	for _, peer := range m.peers {
		lead += peer.FramesAhead / float64(len(m.peers))
	}
	c.lead.observe(lead)
}

// words are the newest values.
func (c *charts) words() (lead, bytes string) {
	return game.Lead(c.lead.latest()), fmt.Sprintf("%.1f kB/s", c.bytes.latest()/1000)
}
