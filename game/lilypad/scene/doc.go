// Package scene draws a round of Lilypad Scrum: pond, lilies, frogs, flies,
// bubbles, score row and banners. Drawing never changes the world; what the
// world does not know (sparks, drops, floating words, flies on their way to a
// score, a picture that is held for three ticks at a knock and shakes) lives in the
// Scene and is fed by the notices of the session. What is only a guess is shown if it
// can be taken back; points and splashes wait until they are certain.
//
//	s := scene.New()                       // one per viewport
//	s.Begin()                              // before each round
//
//	s.Hear(notices)                        // Update, once per tick
//	s.Tick()
//
//	s.Draw(screen, world, scene.View{      // Draw, as often as Ebitengine likes
//		Names: names, Mine: [rules.MaxSeats]bool{0: true},
//	})
//
// The picture is made for 640x360 pixels. In any other rectangle it is scaled,
// and in a small one the words are set anew in a size that can be read.
// Package art, below this one, has the sprites and letters for menus.
package scene
