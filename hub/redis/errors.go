package redis

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"hubbub/hub"
)

// What the client has to say beside its errors goes nowhere: it is the same again.
func init() { redis.SetLogger(&logging.VoidLogger{}) }

// told returns what a caller is told of err: that the layer is closed, that its
// context ended, or that the server cannot do it now.
func told(err error) error {
	switch {
	case err == nil, errors.Is(err, hub.ErrLayerClosed):
		return err
	case errors.Is(err, redis.ErrClosed):
		return hub.ErrLayerClosed
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	if _, ok := errors.AsType[*hub.Error](err); ok {
		return err
	}
	return &hub.Error{Code: hub.Unavailable, Message: "The hub cannot reach the others now. Try again.", Err: err}
}

// passing reports whether err is of a connection, or of a server that is starting
// or changing places: to try again may help.
func passing(err error) bool {
	if errors.Is(err, hub.ErrLayerClosed) || errors.Is(err, redis.ErrClosed) {
		return false
	}
	if _, said := errors.AsType[redis.Error](err); !said {
		return true
	}
	return redis.IsLoadingError(err) || redis.IsReadOnlyError(err) || redis.IsTryAgainError(err) ||
		redis.IsMasterDownError(err) || redis.IsClusterDownError(err) || redis.IsMaxClientsError(err)
}
