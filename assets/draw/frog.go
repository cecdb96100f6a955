package draw

import "math"

// Pose is what a frog does in one frame of its sprite.
type pose int

const (
	idle pose = iota
	blink
	croak     // the throat swells
	crouch    // before a hop and after it
	leap      // stretched out in the air
	gape      // mouth open: tongue and bubbles
	dizzy     // hit
	walkLeft  // the left foot is in front
	walkRight // the right one is
	poses
)

var poseNames = [poses]string{"idle", "blink", "croak", "crouch", "leap", "gape", "dizzy", "walkleft", "walkright"}

// Groups of the parts of a frog, for the lines between them.
const (
	torsoGroup = iota + 1
	headGroup
	legGroup
	eyeGroup
	hatGroup
)

// stance says where a pose puts the parts of the frog.
type stance struct {
	torso, torsoR vec
	head, headR   vec
	thigh, thighR vec
	foot          vec
	hand          vec
}

// stanceOf returns the parts' places, for the frog's right side.
func stanceOf(p pose) stance {
	s := stance{
		torso: vec{-2, 0, 6}, torsoR: vec{8, 8.2, 6.2},
		head: vec{2.5, 0, 10.5}, headR: vec{6.8, 9.4, 6.2},
		thigh: vec{-4.5, 8.2, 3.6}, thighR: vec{5.4, 3.2, 4.2},
		foot: vec{1.5, 10.6, 0.9}, hand: vec{7, 5.6, 0.9},
	}
	switch p {
	case crouch:
		s.torso.z, s.torsoR = 4.6, vec{8.6, 9, 4.8}
		s.head.z, s.headR = 8, vec{7, 10, 5.4}
		s.thigh.s, s.foot.s, s.hand.s = 9.2, 11.6, 6.4
	case leap:
		s.torso, s.torsoR = vec{-3, 0, 7}, vec{9.4, 7, 5}
		s.head, s.headR = vec{4.5, 0, 11}, vec{6.6, 8.8, 5.8}
		s.thigh, s.thighR = vec{-9, 6.4, 5}, vec{4.6, 2.8, 3}
		s.foot, s.hand = vec{-13.5, 7.4, 4}, vec{7.5, 8.6, 5}
	}
	return s
}

// gaze is the way the eyes look: forward, but turned towards the viewer as far
// as the head allows, so that a frog seen from the side still has eyes.
func gaze(h heading) vec {
	toViewer := h.fromScreen(0, cameraCos, cameraSin)
	if toViewer.f < -0.5 {
		return vec{1, 0, 0.3}.unit()
	}
	return vec{0.8, 0, 0.1}.plus(toViewer.times(0.75)).unit()
}

// frogParts builds the frog in a pose.
func frogParts(p pose, h heading) []part {
	s := stanceOf(p)
	look := gaze(h)
	parts := []part{
		{shape: ellipsoid{s.torso, s.torsoR}, pattern: torsoPattern(s.torsoR), group: torsoGroup},
		{shape: ellipsoid{s.head, s.headR}, pattern: headPattern(p), group: headGroup},
	}
	if p == croak {
		parts = append(parts, part{shape: ellipsoid{s.head.plus(vec{4.5, 0, -5}), vec{5, 6.6, 4.6}}, paint: belly, group: torsoGroup})
	}
	for _, side := range [...]float64{-1, 1} {
		step := strideOf(p, side)
		flip := func(v vec) vec { return vec{v.f, mul(v.s, side), v.z} }
		parts = append(parts,
			part{shape: ellipsoid{flip(s.thigh.plus(step.times(0.5))), s.thighR}, paint: skin, group: legGroup},
			part{shape: ellipsoid{flip(s.foot.plus(step)), vec{3.6, 2.2, 1.4}}, paint: skin, group: legGroup},
			part{shape: ellipsoid{flip(s.hand.minus(step.times(0.6))), vec{2.2, 2, 1.5}}, paint: skin, group: legGroup},
			part{
				shape:   ellipsoid{s.head.plus(flip(vec{2, 5.8, 3.9})), vec{3.8, 3.8, 3.8}},
				pattern: eyePattern(p, flip(vec{0, 0.12, 0}).plus(look).unit()),
				group:   eyeGroup,
			})
	}
	return parts
}

// strideOf returns how far a step has brought the leg of a side from where it rests.
func strideOf(p pose, side float64) vec {
	switch {
	case p == walkLeft && side < 0, p == walkRight && side > 0:
		return vec{4, 0, 1.2}
	case p == walkLeft, p == walkRight:
		return vec{-3.5, 0, 0}
	}
	return vec{}
}

// torsoPattern gives the frog a light belly and three spots on its back.
func torsoPattern(r vec) func(at, n vec) material {
	spots := [...]vec{vec{-0.55, 0.5, 0.7}.unit(), vec{-0.7, -0.45, 0.62}.unit(), vec{-0.95, 0.05, 0.2}.unit()}
	return func(at, n vec) material {
		if n.f > 0.35 && n.z < 0.75 {
			return belly
		}
		for _, spot := range spots {
			if at.over(r).dot(spot) > 0.95 {
				return skinSpot
			}
		}
		return skin
	}
}

// headPattern gives the head its smile and cheeks.
func headPattern(p pose) func(at, n vec) material {
	return func(at, n vec) material {
		wide := mul(n.s, n.s)
		smile := -0.32 + mul(0.55, wide)
		switch {
		case n.f < 0.15:
			return skin
		case p == gape && n.f > 0.3 && wide < 0.30 && n.z < 0.18 && n.z > -0.62+mul(0.9, wide):
			return mouth
		case p == dizzy && n.f > 0.4 && n.z < -0.1 && n.z > -0.5 && wide < 0.07:
			return mouth
		case p != gape && p != dizzy && n.z < smile+0.09 && n.z > smile-0.09 && wide < 0.6:
			return lid
		case n.z < smile-0.05:
			return belly
		case wide > 0.42 && wide < 0.72 && n.z > 0.02 && n.z < 0.30:
			return blush
		}
		return skin
	}
}

// eyePattern paints an eyeball that looks along look.
func eyePattern(p pose, look vec) func(at, n vec) material {
	shine := look.plus(vec{0, -0.12, 0.30}).unit()
	return func(at, n vec) material {
		front := n.dot(look)
		switch {
		case front < 0.30:
			return skin
		case p == blink || p == dizzy:
			if across := n.minus(look.times(front)); across.z < 0.02 && across.z > -0.30 && front > 0.5 {
				return lid
			}
			return skin
		case n.dot(shine) > 0.965:
			return glint
		case front > 0.80:
			return pupil
		}
		return eyeWhite
	}
}

// hatFoot is where a hat stands on a frog in a pose.
func hatFoot(p pose) vec { return stanceOf(p).head.plus(vec{-4.6, 0, 5.2}) }

// hatSpot returns where on the screen that is, relative to the frog's foot.
func hatSpot(p pose, h heading) (x, y int) {
	foot := hatFoot(p)
	sin, cos := turn[h][0], turn[h][1]
	right := mul(foot.f, sin) + mul(foot.s, cos)
	near := mul(foot.f, cos) - mul(foot.s, sin)
	return int(math.Floor(right + 0.5)), int(math.Floor(mul(near, cameraSin) - mul(foot.z, cameraCos) + 0.5))
}
