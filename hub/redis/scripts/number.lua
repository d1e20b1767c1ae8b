-- Gives an event the next seq of its room and publishes it. A sequence that the
-- server lost goes on from what the hub knows of it. Returns the seq.
-- ARGV: room, newest seq that the hub knows, its epoch, milliseconds that the
-- sequence is kept, topic, what the event's message begins with, the rest of it.
local at = key('sequence', ARGV[1])
redis.call('HSETNX', at, 'epoch', ARGV[3])
local seq = tonumber(redis.call('HGET', at, 'seq') or 0)
seq = math.max(seq, tonumber(ARGV[2])) + 1
redis.call('HSET', at, 'seq', seq)
redis.call('PEXPIRE', at, ARGV[4])
redis.call('PUBLISH', ARGV[5], ARGV[6] .. seq .. '\n' .. ARGV[7])
return seq
