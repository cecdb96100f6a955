package chance

import randv2 "math/rand/v2"

func (w *World) sound(in) { w.X = int32(w.Rand.Uint32() % 6) }

// shuffle draws from the world's own chance.
func (w *World) shuffle(_ in, cards []int32) {
	randv2.New(&w.Rand).Shuffle(len(cards), func(i, j int) { cards[i], cards[j] = cards[j], cards[i] })
}
