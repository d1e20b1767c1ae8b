-- Notes that a hub holds no joined scope of a user any more. ARGV: room, hub,
-- user. Returns whether no other does.
local room = ARGV[1]
purge(room, now())
local last = gone(room, ARGV[3], ARGV[2])
if redis.call('EXISTS', key('users', room)) == 0 then redis.call('DEL', key('order', room)) end
return last and 1 or 0
