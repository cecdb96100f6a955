package animation

import (
	"bufio"
	"compress/lzw"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"
)

const (
	// MaxSide is how wide or high a picture may be.
	MaxSide = 1<<16 - 1

	pixelBytes  = 4   // red, green, blue, alpha
	transparent = 255 // the colour of what stays as it was
	codeBits    = 8   // of a pixel, before it is packed
	maxBlock    = 255 // bytes of a block of data
)

// Writer writes a GIF (GIF89a) that is shown again and again. Make one with NewWriter.
type Writer struct {
	to      *bufio.Writer
	size    image.Point
	shown   []byte // the last picture, nil before the first
	palette palette
	codes   []byte // of a picture's changed part
	err     error
}

// NewWriter begins a GIF of pictures of a size, at least 1 by 1.
func NewWriter(to io.Writer, size image.Point) *Writer {
	w := &Writer{to: bufio.NewWriter(to), size: size}
	if size.X < 1 || size.Y < 1 || size.X > MaxSide || size.Y > MaxSide {
		w.err = fmt.Errorf("animation: a picture of %v pixels", size)
		return w
	}
	head := append([]byte("GIF89a"), byte(size.X), byte(size.X>>8), byte(size.Y), byte(size.Y>>8), 0, 0, 0)
	head = append(head, 0x21, 0xff, 11) // an extension of 11 letters
	head = append(head, "NETSCAPE2.0"...)
	head = append(head, 3, 1, 0, 0, 0) // for ever
	w.write(head)
	return w
}

func (w *Writer) write(b []byte) {
	if w.err == nil {
		_, w.err = w.to.Write(b)
	}
}

// Add appends a picture: its pixels row by row, red, green, blue and alpha of each, which is
// taken for opaque. It is shown for so many hundredths of a second; most viewers show none
// for less than 2. pixels is read until Add returns. After an error nothing more is written.
func (w *Writer) Add(pixels []byte, hundredths int) error {
	if len(pixels) != w.size.X*w.size.Y*pixelBytes && w.err == nil {
		w.err = errors.New("animation: a picture of another size")
	}
	if w.err != nil {
		return w.err
	}
	at := w.changed(pixels)
	w.palette.choose(pixels, w.shown, w.size.X, at)
	w.code(pixels, at)
	w.picture(at, hundredths)
	w.shown = append(w.shown[:0], pixels...)
	return w.err
}

// changed is the smallest rectangle around what differs from the last picture; one pixel if
// nothing does.
func (w *Writer) changed(pixels []byte) image.Rectangle {
	if w.shown == nil {
		return image.Rectangle{Max: w.size}
	}
	var r image.Rectangle
	row := w.size.X * pixelBytes
	for y := range w.size.Y {
		a, b := pixels[y*row:(y+1)*row], w.shown[y*row:(y+1)*row]
		first, last := 0, w.size.X-1
		for first < w.size.X && same(a, b, first) {
			first++
		}
		if first == w.size.X {
			continue
		}
		for same(a, b, last) {
			last--
		}
		r = r.Union(image.Rect(first, y, last+1, y+1))
	}
	if r.Empty() {
		return image.Rect(0, 0, 1, 1)
	}
	return r
}

// same reports whether the nth pixels of two rows have one colour.
func same(a, b []byte, n int) bool {
	i := n * pixelBytes
	return a[i] == b[i] && a[i+1] == b[i+1] && a[i+2] == b[i+2]
}

// code finds the codes of the pixels of a rectangle.
func (w *Writer) code(pixels []byte, at image.Rectangle) {
	w.codes = w.codes[:0]
	for y := at.Min.Y; y < at.Max.Y; y++ {
		for i := (y*w.size.X + at.Min.X) * pixelBytes; i < (y*w.size.X+at.Max.X)*pixelBytes; i += pixelBytes {
			code := byte(transparent)
			if w.shown == nil || !same(pixels[i:], w.shown[i:], 0) {
				code = w.palette.codes[bucket(pixels[i:])]
			}
			w.codes = append(w.codes, code)
		}
	}
}

// picture writes what was coded.
func (w *Writer) picture(at image.Rectangle, hundredths int) {
	delay := uint16(max(0, min(hundredths, MaxSide)))
	head := []byte{0x21, 0xf9, 4, 1<<2 | 1} // what is under it stays, and one code is transparent
	head = append(binary.LittleEndian.AppendUint16(head, delay), transparent, 0, 0x2c)
	for _, n := range []int{at.Min.X, at.Min.Y, at.Dx(), at.Dy()} {
		head = binary.LittleEndian.AppendUint16(head, uint16(n))
	}
	w.write(append(head, 1<<7|7)) // 256 colours of its own
	w.write(w.palette.colours[:])
	w.write([]byte{codeBits})
	if w.err != nil {
		return
	}
	blocks := &blockWriter{to: w.to}
	packer := lzw.NewWriter(blocks, lzw.LSB, codeBits)
	_, w.err = packer.Write(w.codes)
	if err := packer.Close(); w.err == nil {
		w.err = err
	}
	if w.err == nil {
		w.err = blocks.close()
	}
}

// Close ends the file. It does not close what is written to.
func (w *Writer) Close() error {
	w.write([]byte{0x3b})
	if w.err == nil {
		w.err = w.to.Flush()
	}
	return w.err
}

// blockWriter writes data as blocks, each behind its length.
type blockWriter struct {
	to    *bufio.Writer
	block [1 + maxBlock]byte
	n     int
}

func (b *blockWriter) Write(data []byte) (int, error) {
	for _, c := range data {
		b.n++
		b.block[b.n] = c
		if b.n == maxBlock {
			if err := b.flush(); err != nil {
				return 0, err
			}
		}
	}
	return len(data), nil
}

func (b *blockWriter) flush() error {
	if b.n == 0 {
		return nil
	}
	b.block[0] = byte(b.n)
	_, err := b.to.Write(b.block[:1+b.n])
	b.n = 0
	return err
}

// close writes what is left, and that there is no more.
func (b *blockWriter) close() error {
	if err := b.flush(); err != nil {
		return err
	}
	return b.to.WriteByte(0)
}
