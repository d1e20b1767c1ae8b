package bench

import "testing"

func TestTallyTellsWhatWentWrong(t *testing.T) {
	for _, c := range []struct {
		name                         string
		known                        int64 // where the room stood when the seat was taken, -1 where that is not known
		heard                        []int64
		last                         int64 // of the room
		missed, repetitions, tooLate int64
	}{
		{"all in order", 0, []int64{1, 2, 3}, 3, 0, 0, 0},
		{"a hole", 0, []int64{1, 2, 5}, 5, 2, 0, 0},
		{"a hole at the beginning", 0, []int64{3}, 3, 2, 0, 0},
		{"a hole at the beginning, where the room stood unknown", -1, []int64{3}, 3, 2, 0, 0},
		{"a hole at the end", 0, []int64{1, 2}, 4, 2, 0, 0},
		{"nothing at all", -1, nil, 4, 4, 0, 0},
		{"one twice", 0, []int64{1, 2, 2, 3}, 3, 0, 1, 0},
		{"an old one twice", 0, []int64{1, 2, 3, 1}, 3, 0, 1, 0},
		{"two crossed", 0, []int64{1, 3, 2, 4}, 4, 0, 0, 1},
		{"crossed, and then twice", 0, []int64{1, 3, 2, 2}, 3, 0, 1, 1},
		{"what was before is of no interest", 7, []int64{8, 9}, 9, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := seat{last: c.known}
			var repetitions, tooLate int64
			for _, seq := range c.heard {
				switch s.hear(seq) {
				case repeated:
					repetitions++
				case late:
					tooLate++
				case inOrder:
				}
			}
			if missed := s.missed(1, c.last); missed != c.missed || repetitions != c.repetitions || tooLate != c.tooLate {
				t.Errorf("%d missed, %d repeated, %d late; want %d, %d, %d", missed, repetitions, tooLate, c.missed, c.repetitions, c.tooLate)
			}
		})
	}
}

func TestAGapThatIsToldIsNoLoss(t *testing.T) {
	s := seat{last: 4}
	if told := s.skip(6, 9); told != 2 {
		t.Errorf("%d were told of, want 7 and 8", told)
	}
	if missed := s.missed(1, 10); missed != 4 {
		t.Errorf("%d missed, want 5, 6, 9 and 10", missed)
	}
}

func TestManyHolesAreCounted(t *testing.T) {
	s := seat{last: 0}
	s.hear(3*maxMissing + 1)
	if missed := s.missed(1, 3*maxMissing+1); missed != 3*maxMissing {
		t.Errorf("%d missed, want %d", missed, 3*maxMissing)
	}
}

func TestQuantilesAreWithinThreePercent(t *testing.T) {
	var h histogram
	for i := range int64(100_000) {
		h.add((i + 1) * 1000)
	}
	for q, want := range map[float64]float64{0.5: 50e6, 0.99: 99e6, 0.999: 99.9e6} {
		if got := float64(h.quantile(q)); got < want*0.999 || got > want*1.035 {
			t.Errorf("quantile %g is %g, want %g", q, got, want)
		}
	}
	if h.times().Max != 100e6 {
		t.Errorf("the longest is %v", h.times().Max)
	}
}
