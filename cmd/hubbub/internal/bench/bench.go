package bench

import "context"

// Bench puts loads on one target.
type Bench struct {
	Target *Target
	// Show is told how far it has got: the stage, the share that is done of it and
	// what there is to say. nil where nobody looks on.
	Show func(stage string, share float64, note string)
}

func (b *Bench) show(stage string, share float64, note string) {
	if b.Show != nil {
		b.Show(stage, share, note)
	}
}

// usage is what the target has used, nothing where nobody can say.
func (b *Bench) usage(ctx context.Context) Usage {
	if b.Target.Usage == nil {
		return Usage{}
	}
	u, err := b.Target.Usage(ctx)
	if err != nil {
		return Usage{}
	}
	return u
}
