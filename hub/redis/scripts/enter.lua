-- Notes that a hub holds joined scopes of a user. ARGV: room, hub, how long that
-- lasts, user, participant, and whether that is '1' news or told again: then the
-- participant that another hub told of counts. Returns whether no other hub does,
-- and whether the hub was known in the room.
local room, hub, user, t = ARGV[1], ARGV[2], ARGV[4], now()
purge(room, t)
local others, was = others_of(room, user, hub)
redis.call('HSET', key('where', room), user, others .. ' ' .. hub)
redis.call(ARGV[6] == '1' and 'HSET' or 'HSETNX', key('who', room), user, ARGV[5])
if others == '' and not was then
  redis.call('ZADD', key('users', room), redis.call('INCR', key('order', room)), user)
end
return {others == '' and 1 or 0, renew(room, t, hub, ARGV[3])}
