-- Returns where a room's sequence stands: its newest seq and its epoch. It begins
-- with the epoch that is offered where there is none.
-- ARGV: room, epoch, milliseconds that the sequence is kept.
local at = key('sequence', ARGV[1])
redis.call('HSETNX', at, 'epoch', ARGV[2])
redis.call('PEXPIRE', at, ARGV[3])
local seq = redis.call('HGET', at, 'seq')
return {tonumber(seq or 0), redis.call('HGET', at, 'epoch')}
